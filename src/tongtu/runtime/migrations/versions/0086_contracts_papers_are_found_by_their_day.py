"""contracts: papers are found by their day."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0086"
down_revision = "0085"


def upgrade() -> None:
    apply_file("contracts", "0002_papers_are_found_by_their_day.sql")
