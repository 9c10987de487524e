"""payments: a message that always fails is parked."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0100"
down_revision = "0098"


def upgrade() -> None:
    apply_file("payments", "0016_a_message_that_always_fails_is_parked.sql")
