"""servicing: a loan is a log of events."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    apply_file("servicing", "0001_a_loan_is_a_log_of_events.sql")
