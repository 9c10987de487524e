"""funding: a month and a contract have their budgets, and a day its pace."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0125"
down_revision = "0119"


def upgrade() -> None:
    apply_file("funding", "0013_a_month_and_a_contract_have_their_budgets_and_a_day_its_pace.sql")
