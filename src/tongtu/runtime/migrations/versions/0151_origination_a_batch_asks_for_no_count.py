"""origination: a batch asks for no count."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0151"
down_revision = "0150"


def upgrade() -> None:
    apply_file("origination", "0037_a_batch_asks_for_no_count.sql")
