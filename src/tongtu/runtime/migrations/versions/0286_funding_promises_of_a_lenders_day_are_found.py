"""funding: promises of a lender's day are found."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0286"
down_revision = "0285"


def upgrade() -> None:
    apply_file("funding", "0286_promises_of_a_lenders_day_are_found.sql")
