"""payments: what is due is found by its day."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0084"
down_revision = "0080"


def upgrade() -> None:
    apply_file("payments", "0005_what_is_due_is_found_by_its_day.sql")
