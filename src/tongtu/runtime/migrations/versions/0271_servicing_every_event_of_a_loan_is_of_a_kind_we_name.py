"""servicing: every event of a loan is of a kind we name."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0271"
down_revision = "0270"


def upgrade() -> None:
    apply_file("servicing", "0067_every_event_of_a_loan_is_of_a_kind_we_name.sql")
