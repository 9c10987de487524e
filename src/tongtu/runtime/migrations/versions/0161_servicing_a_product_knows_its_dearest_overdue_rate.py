"""servicing: a product knows its dearest overdue rate."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0161"
down_revision = "0154"


def upgrade() -> None:
    apply_file("servicing", "0033_a_product_knows_its_dearest_overdue_rate.sql")
