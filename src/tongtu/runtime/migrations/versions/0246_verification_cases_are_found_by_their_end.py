"""verification: cases are found by their end."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0246"
down_revision = "0245"


def upgrade() -> None:
    apply_file("verification", "0013_cases_are_found_by_their_end.sql")
