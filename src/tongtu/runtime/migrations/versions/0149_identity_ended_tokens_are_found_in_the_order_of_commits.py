"""identity: ended tokens are found in the order of commits."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0149"
down_revision = "0145"


def upgrade() -> None:
    apply_file("identity", "0035_ended_tokens_are_found_in_the_order_of_commits.sql")
