"""ledger: a merchant pays back to the lender."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0063"
down_revision = "0062"


def upgrade() -> None:
    apply_file("ledger", "0006_a_merchant_pays_back_to_the_lender.sql")
