"""The whole day end of a loan book beside a set-based SQL UPDATE of all its loans."""
