"""servicing: a facility is a log of events."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0047"
down_revision = "0046"


def upgrade() -> None:
    apply_file("servicing", "0006_a_facility_is_a_log_of_events.sql")
