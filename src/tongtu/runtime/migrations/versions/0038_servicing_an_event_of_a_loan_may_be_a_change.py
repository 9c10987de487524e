"""servicing: an event of a loan may be a change."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0038"
down_revision = "0037"


def upgrade() -> None:
    apply_file("servicing", "0002_an_event_of_a_loan_may_be_a_change.sql")
