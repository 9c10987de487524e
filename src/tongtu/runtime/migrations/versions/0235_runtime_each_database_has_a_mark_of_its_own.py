"""runtime: each database has a mark of its own."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0235"
down_revision = "0215"


def upgrade() -> None:
    apply_file("runtime", "0010_each_database_has_a_mark_of_its_own.sql")
