"""notice: a notice waits in a box."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    apply_file("notice", "0001_a_notice_waits_in_a_box.sql")
