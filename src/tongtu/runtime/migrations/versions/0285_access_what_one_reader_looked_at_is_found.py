"""access: what one reader looked at is found."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0285"
down_revision = "0282"


def upgrade() -> None:
    apply_file("access", "0285_what_one_reader_looked_at_is_found.sql")
