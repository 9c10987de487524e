"""ledger: limits of accounts have a history."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0175"
down_revision = "0174"


def upgrade() -> None:
    apply_file("ledger", "0028_limits_of_accounts_have_a_history.sql")
