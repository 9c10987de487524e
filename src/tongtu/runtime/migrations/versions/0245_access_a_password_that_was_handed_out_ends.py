"""access: a password that was handed out ends."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0245"
down_revision = "0242"


def upgrade() -> None:
    apply_file("access", "0014_a_password_that_was_handed_out_ends.sql")
