"""risk: every alarm is of a kind we name."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0237"
down_revision = "0236"


def upgrade() -> None:
    apply_file("risk", "0051_every_alarm_is_of_a_kind_we_name.sql")
