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
from tongtu.funding.store.quota import (
    change_limit,
    open_day,
    quotas,
    release_quota,
    reserve_quota,
)

__all__ = [
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
    "Sought",
    "change_limit",
    "commit",
    "commit_again",
    "find_commitment",
    "lender_accounts",
    "load_book",
    "mark_disbursed",
    "open_day",
    "open_lenders",
    "quotas",
    "release",
    "release_quota",
    "reserve",
    "reserve_quota",
]
