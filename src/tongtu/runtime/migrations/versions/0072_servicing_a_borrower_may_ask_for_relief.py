"""servicing: a borrower may ask for relief."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0072"
down_revision = "0071"


def upgrade() -> None:
    apply_file("servicing", "0011_a_borrower_may_ask_for_relief.sql")
