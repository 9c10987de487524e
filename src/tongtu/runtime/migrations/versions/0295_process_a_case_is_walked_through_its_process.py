"""process: a case is walked through its process."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0295"
down_revision = "0290"


def upgrade() -> None:
    apply_file("process", "0295_a_case_is_walked_through_its_process.sql")
