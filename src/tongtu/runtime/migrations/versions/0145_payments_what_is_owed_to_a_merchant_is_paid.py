"""payments: what is owed to a merchant is paid."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0145"
down_revision = "0144"


def upgrade() -> None:
    apply_file("payments", "0068_what_is_owed_to_a_merchant_is_paid.sql")
