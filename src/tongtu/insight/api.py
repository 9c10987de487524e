"""The door of insight: the platform at one moment, and a market played through."""

from tongtu.insight.comparison import compare, vintages
from tongtu.insight.flow import Pulse
from tongtu.insight.market import Lists, Played, PlayRules, Result, Shares, lay_out, lists, play
from tongtu.insight.model import Latency, LedgerProof, Live, LoansState, LogState
from tongtu.insight.monitoring import Monitor

__all__ = [
    "Latency",
    "LedgerProof",
    "Lists",
    "Live",
    "LoansState",
    "LogState",
    "Monitor",
    "PlayRules",
    "Played",
    "Pulse",
    "Result",
    "Shares",
    "compare",
    "lay_out",
    "lists",
    "play",
    "vintages",
]
