"""funding: an offer that holds nothing takes its budget when it is taken."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0255"
down_revision = "0251"


def upgrade() -> None:
    apply_file("funding", "0033_an_offer_that_holds_nothing_takes_its_budget.sql")
