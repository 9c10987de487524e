"""ledger: a batch may hold end and reverse."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    apply_file("ledger", "0004_a_batch_may_hold_end_and_reverse.sql")
