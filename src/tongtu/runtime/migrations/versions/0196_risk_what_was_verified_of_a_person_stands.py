"""risk: what was verified of a person stands."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0196"
down_revision = "0195"


def upgrade() -> None:
    apply_file("risk", "0049_what_was_verified_of_a_person_stands.sql")
