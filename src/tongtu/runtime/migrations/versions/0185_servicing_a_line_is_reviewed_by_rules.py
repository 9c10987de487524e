"""servicing: a line is reviewed by rules."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0185"
down_revision = "0180"


def upgrade() -> None:
    apply_file("servicing", "0045_a_line_is_reviewed_by_rules.sql")
