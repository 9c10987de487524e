"""servicing: every change of a loan is booked."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0068"
down_revision = "0067"


def upgrade() -> None:
    apply_file("servicing", "0008_every_change_of_a_loan_is_booked.sql")
