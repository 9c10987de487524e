"""ledger: transfers post in one call."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    apply_file("ledger", "0001_transfers_post_in_one_call.sql")
