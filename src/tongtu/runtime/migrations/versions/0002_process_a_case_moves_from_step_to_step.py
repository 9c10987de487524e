"""process: a case moves from step to step."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    apply_file("process", "0001_a_case_moves_from_step_to_step.sql")
