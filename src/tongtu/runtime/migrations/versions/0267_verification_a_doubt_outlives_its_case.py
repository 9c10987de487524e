"""verification: a doubt outlives its case."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0267"
down_revision = "0266"


def upgrade() -> None:
    apply_file("verification", "0024_a_doubt_outlives_its_case.sql")
