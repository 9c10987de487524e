"""identity: recipients are told what became of data."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0280"
down_revision = "0272"


def upgrade() -> None:
    apply_file("identity", "0071_recipients_are_told_what_became_of_data.sql")
