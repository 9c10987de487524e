"""payments: an instruction is written before the call."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    apply_file("payments", "0001_an_instruction_is_written_before_the_call.sql")
