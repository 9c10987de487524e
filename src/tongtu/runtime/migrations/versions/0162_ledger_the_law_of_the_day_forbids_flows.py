"""ledger: the law of the day forbids flows."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0162"
down_revision = "0161"


def upgrade() -> None:
    apply_file("ledger", "0018_the_law_of_the_day_forbids_flows.sql")
