"""servicing: a day closes in chunks, beside payments."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0040"
down_revision = "0039"


def upgrade() -> None:
    apply_file("servicing", "0004_a_day_closes_in_chunks.sql")
