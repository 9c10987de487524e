"""ledger: a book is taken over through opening balances."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0070"
down_revision = "0069"


def upgrade() -> None:
    apply_file("ledger", "0008_a_book_is_taken_over_through_opening_balances.sql")
