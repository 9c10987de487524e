"""ledger: a book is taken over through opening balances."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0068"
down_revision = "0067"


def upgrade() -> None:
    apply_file("ledger", "0007_a_book_is_taken_over_through_opening_balances.sql")
