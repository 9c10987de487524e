"""ledger: what is held is not available."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0030"
down_revision = "0014"


def upgrade() -> None:
    apply_file("ledger", "0002_what_is_held_is_not_available.sql")
