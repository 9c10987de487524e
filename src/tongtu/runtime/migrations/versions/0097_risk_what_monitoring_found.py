"""risk: what monitoring found."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0097"
down_revision = "0096"


def upgrade() -> None:
    apply_file("risk", "0016_what_monitoring_found.sql")
