"""origination: a decision stays in one row."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0119"
down_revision = "0116"


def upgrade() -> None:
    apply_file("origination", "0026_a_decision_stays_in_one_row.sql")
