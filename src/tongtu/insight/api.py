"""The door of insight: the platform at one moment."""

from tongtu.insight.comparison import compare, vintages
from tongtu.insight.flow import Pulse
from tongtu.insight.model import Latency, LedgerProof, Live, LoansState, LogState
from tongtu.insight.monitoring import Monitor

__all__ = [
    "Latency",
    "LedgerProof",
    "Live",
    "LoansState",
    "LogState",
    "Monitor",
    "Pulse",
    "compare",
    "vintages",
]
