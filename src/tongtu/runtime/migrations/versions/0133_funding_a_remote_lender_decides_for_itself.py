"""funding: a remote lender decides for itself."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0133"
down_revision = "0126"


def upgrade() -> None:
    apply_file("funding", "0013_a_remote_lender_decides_for_itself.sql")
