"""process: a case keeps its first step itself."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0150"
down_revision = "0149"


def upgrade() -> None:
    apply_file("process", "0023_a_case_keeps_its_first_step_itself.sql")
