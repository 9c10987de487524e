"""What a command may take from the simulators: the made-up market. The rest are processes."""

from tongtu.simulators.market.population import Arrivals, Lenders, Market, market

__all__ = ["Arrivals", "Lenders", "Market", "market"]
