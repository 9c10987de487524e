"""ledger: balances as of any day."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0033"
down_revision = "0032"


def upgrade() -> None:
    apply_file("ledger", "0005_balances_as_of_any_day.sql")
