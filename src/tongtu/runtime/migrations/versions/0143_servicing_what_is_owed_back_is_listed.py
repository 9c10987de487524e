"""servicing: what is owed back is listed."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0143"
down_revision = "0142"


def upgrade() -> None:
    apply_file("servicing", "0032_what_is_owed_back_is_listed.sql")
