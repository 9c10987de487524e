"""The door of insight: the platform at one moment, and a market played through."""

from tongtu.insight.flow import Pulse
from tongtu.insight.market import Lists, Played, PlayRules, Result, Shares, lay_out, lists, play
from tongtu.insight.model import Latency, LedgerProof, Live, LoansState, LogState

__all__ = [
    "Latency",
    "LedgerProof",
    "Lists",
    "Live",
    "LoansState",
    "LogState",
    "PlayRules",
    "Played",
    "Pulse",
    "Result",
    "Shares",
    "lay_out",
    "lists",
    "play",
]
