"""Values of servicing: the loan as kept, its events, its policy, its replayed life."""

from tongtu.servicing.model.event import Component, EventKind, LoanEvent
from tongtu.servicing.model.loan import (
    DAYS_LATE_BUCKETS,
    FrozenTerms,
    InstalmentState,
    LoanState,
    LoanStatus,
    Part,
    Planned,
    RowStatus,
    bucket_of,
    check_move,
)

__all__ = [
    "DAYS_LATE_BUCKETS",
    "Component",
    "EventKind",
    "FrozenTerms",
    "InstalmentState",
    "LoanEvent",
    "LoanState",
    "LoanStatus",
    "Part",
    "Planned",
    "RowStatus",
    "bucket_of",
    "check_move",
]
