"""ledger: days are rolled and periods close."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    apply_file("ledger", "0003_days_are_rolled_and_periods_close.sql")
