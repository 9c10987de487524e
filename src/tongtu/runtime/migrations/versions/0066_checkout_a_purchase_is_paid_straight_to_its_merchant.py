"""checkout: a purchase is paid straight to its merchant."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0066"
down_revision = "0065"


def upgrade() -> None:
    apply_file("checkout", "0001_a_purchase_is_paid_straight_to_its_merchant.sql")
