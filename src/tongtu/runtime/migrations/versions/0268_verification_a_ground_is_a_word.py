"""verification: a ground is a word."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0268"
down_revision = "0267"


def upgrade() -> None:
    apply_file("verification", "0025_a_ground_is_a_word.sql")
