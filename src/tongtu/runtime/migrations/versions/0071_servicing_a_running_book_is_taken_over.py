"""servicing: a running book is taken over."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0071"
down_revision = "0070"


def upgrade() -> None:
    apply_file("servicing", "0010_a_running_book_is_taken_over.sql")
