"""The door of insight: the platform at one moment."""

from tongtu.insight.flow import FUNNEL, Pulse
from tongtu.insight.model import Latency, LedgerProof, Live, LoansState, LogState

__all__ = ["FUNNEL", "Latency", "LedgerProof", "Live", "LoansState", "LogState", "Pulse"]
