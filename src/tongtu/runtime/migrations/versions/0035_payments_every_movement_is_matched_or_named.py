"""payments: every movement of the bank is matched or named."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0035"
down_revision = "0033"


def upgrade() -> None:
    apply_file("payments", "0002_every_movement_is_matched_or_named.sql")
