"""origination: a version keeps the words of its answers."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0190"
down_revision = "0185"


def upgrade() -> None:
    apply_file("origination", "0079_a_version_keeps_the_words_of_its_answers.sql")
