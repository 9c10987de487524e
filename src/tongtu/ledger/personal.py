"""What ledger keeps leads to a person by number alone: books without a name."""

from __future__ import annotations

NUMBERED = {
    "ledger.account": "accounts by number of their holder, who is nobody once the vault ended",
    "ledger.transfer": "the books: amounts between numbered accounts",
    "ledger.pending": "money set aside between numbered accounts",
    "ledger.account_limit": "limits of numbered accounts",
    "ledger.day_balance": "balances of numbered accounts",
    "ledger.forbidden_flow": "rules",
}
