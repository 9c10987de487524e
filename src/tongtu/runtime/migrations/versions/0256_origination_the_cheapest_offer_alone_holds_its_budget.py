"""origination: the cheapest offer alone holds its budget."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0256"
down_revision = "0255"


def upgrade() -> None:
    apply_file("origination", "0089_the_cheapest_offer_alone_holds_its_budget.sql")
