"""funding: a remote offer is of one decision."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0142"
down_revision = "0141"


def upgrade() -> None:
    apply_file("funding", "0023_a_remote_offer_is_of_one_decision.sql")
