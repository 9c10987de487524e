"""risk: what decides is told to all who listen."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0173"
down_revision = "0172"


def upgrade() -> None:
    apply_file("risk", "0038_what_decides_is_told_to_all_who_listen.sql")
