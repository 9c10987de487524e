"""payments: a refund is under way until the bank answered."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0106"
down_revision = "0105"


def upgrade() -> None:
    apply_file("payments", "0028_a_refund_is_under_way_until_the_bank_answered.sql")
