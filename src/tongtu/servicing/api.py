"""The door of servicing: open, repay, look, close the day."""

from tongtu.servicing.flow.day import (
    ClosedDay,
    InvariantBroken,
    Line,
    close_cell,
    open_next,
)
from tongtu.servicing.flow.event import (
    Money,
    Recorded,
    check_repayment,
    open_loan,
    record_repayment,
)
from tongtu.servicing.flow.look import find_loan, list_loans, statement
from tongtu.servicing.flow.roll import Roll, roll_rates
from tongtu.servicing.flow.standards import standards_of
from tongtu.servicing.model import (
    EventKind,
    FrozenTerms,
    LoanEvent,
    LoanState,
    LoanStatus,
    Planned,
    RowStatus,
)
from tongtu.servicing.rules.delinquency import Grade, Pause, Standards, overdue_days
from tongtu.servicing.rules.fold import fold
from tongtu.servicing.store.day import Progress, hold_books, progress, share_books
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
    "ClosedDay",
    "EventKind",
    "FrozenTerms",
    "Grade",
    "InvariantBroken",
    "Line",
    "LoanEvent",
    "LoanRow",
    "LoanState",
    "LoanStatus",
    "Money",
    "NewLoan",
    "Pause",
    "Planned",
    "Portfolio",
    "Progress",
    "Recorded",
    "Roll",
    "RowStatus",
    "Standards",
    "check_repayment",
    "close_cell",
    "entered_payments",
    "find_loan",
    "find_row",
    "fold",
    "hold_books",
    "hold_row",
    "list_loans",
    "loan_of",
    "open_loan",
    "open_next",
    "overdue_days",
    "portfolio",
    "progress",
    "record_repayment",
    "roll_rates",
    "share_books",
    "standards_of",
    "statement",
]
