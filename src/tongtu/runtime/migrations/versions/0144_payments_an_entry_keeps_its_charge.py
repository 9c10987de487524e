"""payments: an entry keeps its charge."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0144"
down_revision = "0143"


def upgrade() -> None:
    apply_file("payments", "0058_an_entry_keeps_its_charge.sql")
