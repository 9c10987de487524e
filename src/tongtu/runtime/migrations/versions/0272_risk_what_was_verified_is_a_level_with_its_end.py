"""risk: what was verified is a level with its end."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0272"
down_revision = "0271"


def upgrade() -> None:
    apply_file("risk", "0072_what_was_verified_is_a_level_with_its_end.sql")
