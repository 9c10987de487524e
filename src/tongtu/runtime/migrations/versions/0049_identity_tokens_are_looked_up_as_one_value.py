"""identity: tokens are looked up as one value."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0049"
down_revision = "0048"


def upgrade() -> None:
    apply_file("identity", "0002_tokens_are_looked_up_as_one_value.sql")
