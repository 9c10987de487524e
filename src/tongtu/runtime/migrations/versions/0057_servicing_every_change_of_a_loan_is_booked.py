"""servicing: every change of a loan is booked."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0057"
down_revision = "0056"


def upgrade() -> None:
    apply_file("servicing", "0009_every_change_of_a_loan_is_booked.sql")
