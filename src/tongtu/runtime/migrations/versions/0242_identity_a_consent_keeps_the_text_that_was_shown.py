"""identity: a consent keeps the text that was shown."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0242"
down_revision = "0241"


def upgrade() -> None:
    apply_file("identity", "0070_a_consent_keeps_the_text_that_was_shown.sql")
