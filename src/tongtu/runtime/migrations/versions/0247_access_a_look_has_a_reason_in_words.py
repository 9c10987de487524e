"""access: a look has a reason in words."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0247"
down_revision = "0246"


def upgrade() -> None:
    apply_file("access", "0015_a_look_has_a_reason_in_words.sql")
