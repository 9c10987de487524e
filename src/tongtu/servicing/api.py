"""The door of servicing: open, repay, look, close the day."""

from tongtu.servicing.flow.compensate import (
    COMPENSATED,
    COMPENSATION_SHORT,
    Swept,
    compensate_overdue,
)
from tongtu.servicing.flow.day import ClosedDay, InvariantBroken, close_cell, open_next
from tongtu.servicing.flow.event import (
    Money,
    Recorded,
    check_repayment,
    open_loan,
    record_repayment,
)
from tongtu.servicing.flow.facility import (
    FacilityChange,
    change_facility,
    facility_differences,
    find_facility,
    open_draw,
    open_facility,
    preview_change,
    release_draw,
    reserve_draw,
)
from tongtu.servicing.flow.joint import Line
from tongtu.servicing.flow.joint_look import JointProof, PayeeSum, list_shares, prove_joint
from tongtu.servicing.flow.look import find_loan, list_loans, statement
from tongtu.servicing.model import (
    EventKind,
    FrozenTerms,
    LoanEvent,
    LoanState,
    LoanStatus,
    Planned,
    RowStatus,
)
from tongtu.servicing.rules.facility import (
    FacilityEvent,
    FacilityKind,
    FacilityState,
    Grant,
    Refusal,
    fold_facility,
)
from tongtu.servicing.rules.fold import fold
from tongtu.servicing.store.day import hold_books, share_books
from tongtu.servicing.store.facility import Draw, DrawState, NewFacility
from tongtu.servicing.store.loan import (
    LoanRow,
    NewLoan,
    Portfolio,
    entered_payments,
    loan_of,
    portfolio,
)
from tongtu.servicing.store.loan import find as find_row
from tongtu.servicing.store.loan import hold_own as hold_row

__all__ = [
    "COMPENSATED",
    "COMPENSATION_SHORT",
    "ClosedDay",
    "Draw",
    "DrawState",
    "EventKind",
    "FacilityChange",
    "FacilityEvent",
    "FacilityKind",
    "FacilityState",
    "FrozenTerms",
    "Grant",
    "InvariantBroken",
    "JointProof",
    "Line",
    "LoanEvent",
    "LoanRow",
    "LoanState",
    "LoanStatus",
    "Money",
    "NewFacility",
    "NewLoan",
    "PayeeSum",
    "Planned",
    "Portfolio",
    "Recorded",
    "Refusal",
    "RowStatus",
    "Swept",
    "change_facility",
    "check_repayment",
    "close_cell",
    "compensate_overdue",
    "entered_payments",
    "facility_differences",
    "find_facility",
    "find_loan",
    "find_row",
    "fold",
    "fold_facility",
    "hold_books",
    "hold_row",
    "list_loans",
    "list_shares",
    "loan_of",
    "open_draw",
    "open_facility",
    "open_loan",
    "open_next",
    "portfolio",
    "preview_change",
    "prove_joint",
    "record_repayment",
    "release_draw",
    "reserve_draw",
    "share_books",
    "statement",
]
