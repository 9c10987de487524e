"""process: cases that stand at a step are told apart."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0113"
down_revision = "0108"


def upgrade() -> None:
    apply_file("process", "0013_cases_that_stand_at_a_step_are_told_apart.sql")
