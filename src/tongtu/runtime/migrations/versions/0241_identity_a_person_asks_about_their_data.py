"""identity: a person asks about their data."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0241"
down_revision = "0240"


def upgrade() -> None:
    apply_file("identity", "0060_a_person_asks_about_their_data.sql")
