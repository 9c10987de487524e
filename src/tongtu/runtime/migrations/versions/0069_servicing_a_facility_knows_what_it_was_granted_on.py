"""servicing: a facility knows what it was granted on."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0069"
down_revision = "0068"


def upgrade() -> None:
    apply_file("servicing", "0009_a_facility_knows_what_it_was_granted_on.sql")
