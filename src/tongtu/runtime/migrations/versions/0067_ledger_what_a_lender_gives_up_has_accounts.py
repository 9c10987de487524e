"""ledger: what a lender gives up has accounts of its own."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0067"
down_revision = "0066"


def upgrade() -> None:
    apply_file("ledger", "0007_what_a_lender_gives_up_has_accounts.sql")
