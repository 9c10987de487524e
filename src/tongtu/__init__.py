"""Tongtu 通途: an open-source high-speed consumer-finance service platform."""

__version__ = "0.1.0"
