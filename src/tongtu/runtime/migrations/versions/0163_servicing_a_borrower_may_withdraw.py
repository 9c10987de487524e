"""servicing: a borrower may withdraw."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0163"
down_revision = "0162"


def upgrade() -> None:
    apply_file("servicing", "0034_a_borrower_may_withdraw.sql")
