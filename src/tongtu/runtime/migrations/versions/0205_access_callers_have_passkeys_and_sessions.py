"""access: callers have passkeys and sessions."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0205"
down_revision = "0197"


def upgrade() -> None:
    apply_file("access", "0001_callers_have_passkeys_and_sessions.sql")
