"""payments: money goes straight to a merchant."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0064"
down_revision = "0063"


def upgrade() -> None:
    apply_file("payments", "0004_money_goes_straight_to_a_merchant.sql")
