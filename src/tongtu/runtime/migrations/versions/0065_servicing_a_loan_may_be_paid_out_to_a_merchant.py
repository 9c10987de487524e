"""servicing: a loan may be paid out to a merchant."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0065"
down_revision = "0064"


def upgrade() -> None:
    apply_file("servicing", "0007_a_loan_may_be_paid_out_to_a_merchant.sql")
