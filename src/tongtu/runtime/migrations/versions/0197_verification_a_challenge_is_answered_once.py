"""verification: a challenge is answered once."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0197"
down_revision = "0196"


def upgrade() -> None:
    apply_file("verification", "0002_a_challenge_is_answered_once.sql")
