"""funding: a lender is told of each day to the cent."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0037"
down_revision = "0036"


def upgrade() -> None:
    apply_file("funding", "0002_a_lender_is_told_of_each_day_to_the_cent.sql")
