"""notice: a letter and a contact are logged."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0141"
down_revision = "0136"


def upgrade() -> None:
    apply_file("notice", "0022_a_letter_and_a_contact_are_logged.sql")
