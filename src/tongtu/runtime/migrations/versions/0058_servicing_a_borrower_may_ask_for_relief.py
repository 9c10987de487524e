"""servicing: a borrower may ask for relief."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0058"
down_revision = "0057"


def upgrade() -> None:
    apply_file("servicing", "0010_a_borrower_may_ask_for_relief.sql")
