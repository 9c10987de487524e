"""What a command may take from the simulators: the made-up market. The rest are processes."""

from tongtu.simulators.market.population import Arrivals, Lenders, Market, market
from tongtu.simulators.market.response import ResponseTruth
from tongtu.simulators.market.willing import Truth

__all__ = ["Arrivals", "Lenders", "Market", "ResponseTruth", "Truth", "market"]
