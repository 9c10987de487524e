"""identity: staff name whom they are tied to."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0114"
down_revision = "0113"


def upgrade() -> None:
    apply_file("identity", "0025_staff_name_whom_they_are_tied_to.sql")
