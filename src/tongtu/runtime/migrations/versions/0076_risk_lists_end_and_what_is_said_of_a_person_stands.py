"""risk: lists end and what is said of a person stands."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0076"
down_revision = "0075"


def upgrade() -> None:
    apply_file("risk", "0003_lists_end_and_what_is_said_of_a_person_stands.sql")
