"""The door of the ledger: accounts, transfers, posting, and the proof that the books are whole."""

from __future__ import annotations

from tongtu.ledger.flow import find_or_open, ledger_lane, post
from tongtu.ledger.model import (
    Account,
    AccountKind,
    Code,
    Posting,
    PostingResult,
    Replay,
    Statement,
    StatementLine,
    Transfer,
)
from tongtu.ledger.rules import is_forbidden
from tongtu.ledger.store import (
    balances,
    balances_equal_replay,
    open_account,
    open_accounts,
    statement,
    totals,
)

__all__ = [
    "Account",
    "AccountKind",
    "Code",
    "Posting",
    "PostingResult",
    "Replay",
    "Statement",
    "StatementLine",
    "Transfer",
    "balances",
    "balances_equal_replay",
    "find_or_open",
    "is_forbidden",
    "ledger_lane",
    "open_account",
    "open_accounts",
    "post",
    "statement",
    "totals",
]
