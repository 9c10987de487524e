"""servicing: a borrower chooses what money ahead does."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0039"
down_revision = "0038"


def upgrade() -> None:
    apply_file("servicing", "0003_a_borrower_chooses_what_money_ahead_does.sql")
