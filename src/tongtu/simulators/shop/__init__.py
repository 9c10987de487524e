"""A merchant with a shop of its own: goods, the platform's widget, orders and returns."""
