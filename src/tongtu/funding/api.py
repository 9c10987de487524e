"""The door of funding: lenders' policies and prices, their budgets, their promises."""

from tongtu.funding.files import load_book
from tongtu.funding.flow import (
    Opening,
    commit,
    commit_again,
    find_commitment,
    lender_accounts,
    mark_disbursed,
    open_lenders,
    release,
    reserve,
)
from tongtu.funding.model import (
    BadBook,
    Commitment,
    CommitmentState,
    Lender,
    LenderDecision,
    LenderKind,
    Price,
    Program,
    ProgramQuote,
    QuotaShort,
    Reservation,
    Routing,
    Sought,
)
from tongtu.funding.rules.book import Book
from tongtu.funding.rules.settlement import Settlement, SettlementState
from tongtu.funding.settlement import (
    Answer,
    answer_settlement,
    find_settlement,
    list_settlements,
    settle,
)
from tongtu.funding.store.quota import (
    change_limit,
    open_day,
    quotas,
    release_quota,
    reserve_quota,
)

__all__ = [
    "Answer",
    "BadBook",
    "Book",
    "Commitment",
    "CommitmentState",
    "Lender",
    "LenderDecision",
    "LenderKind",
    "Opening",
    "Price",
    "Program",
    "ProgramQuote",
    "QuotaShort",
    "Reservation",
    "Routing",
    "Settlement",
    "SettlementState",
    "Sought",
    "answer_settlement",
    "change_limit",
    "commit",
    "commit_again",
    "find_commitment",
    "find_settlement",
    "lender_accounts",
    "list_settlements",
    "load_book",
    "mark_disbursed",
    "open_day",
    "open_lenders",
    "quotas",
    "release",
    "release_quota",
    "reserve",
    "reserve_quota",
    "settle",
]
