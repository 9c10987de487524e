"""servicing: a running book is taken over."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0069"
down_revision = "0068"


def upgrade() -> None:
    apply_file("servicing", "0009_a_running_book_is_taken_over.sql")
