"""payments: money goes back to who paid it; servicing: a change may wait for its money."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0104"
down_revision = "0103"


def upgrade() -> None:
    apply_file("payments", "0018_money_goes_back_to_who_paid_it.sql")
    apply_file("servicing", "0022_a_change_may_wait_for_its_money.sql")
