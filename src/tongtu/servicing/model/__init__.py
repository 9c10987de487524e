"""Values of servicing: the loan as kept, its events, its policy, its replayed life."""

from tongtu.servicing.model.event import Component, EventKind, LoanEvent
from tongtu.servicing.model.loan import (
    FrozenTerms,
    InstalmentState,
    LoanState,
    LoanStatus,
    Part,
    Place,
    Planned,
    RowStatus,
    check_move,
)

__all__ = [
    "Component",
    "EventKind",
    "FrozenTerms",
    "InstalmentState",
    "LoanEvent",
    "LoanState",
    "LoanStatus",
    "Part",
    "Place",
    "Planned",
    "RowStatus",
    "check_move",
]
