"""payments: a mandate lets what is due be collected."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0036"
down_revision = "0035"


def upgrade() -> None:
    apply_file("payments", "0003_a_mandate_lets_what_is_due_be_collected.sql")
