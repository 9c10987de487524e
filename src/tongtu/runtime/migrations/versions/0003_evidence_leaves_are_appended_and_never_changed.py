"""evidence: leaves are appended and never changed."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    apply_file("evidence", "0001_leaves_are_appended_and_never_changed.sql")
