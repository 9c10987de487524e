"""The door of insight: the platform at one moment."""

from tongtu.insight.flow import Pulse
from tongtu.insight.model import Latency, LedgerProof, Live, LoansState, LogState

__all__ = ["Latency", "LedgerProof", "Live", "LoansState", "LogState", "Pulse"]
