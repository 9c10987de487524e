"""servicing: how a loan stands is written without locking it."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0103"
down_revision = "0102"


def upgrade() -> None:
    apply_file("servicing", "0021_how_a_loan_stands_is_written_without_locking_it.sql")
