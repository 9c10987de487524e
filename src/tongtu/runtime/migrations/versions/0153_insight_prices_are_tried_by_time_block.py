"""insight: prices are tried by time block."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0153"
down_revision = "0151"


def upgrade() -> None:
    apply_file("insight", "0011_prices_are_tried_by_time_block.sql")
