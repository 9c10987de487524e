"""payments: a break keeps its history."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0107"
down_revision = "0106"


def upgrade() -> None:
    apply_file("payments", "0038_a_break_keeps_its_history.sql")
