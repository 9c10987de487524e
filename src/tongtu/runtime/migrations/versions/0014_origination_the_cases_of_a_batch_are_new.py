"""origination: the cases of a batch are new."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    apply_file("origination", "0002_the_cases_of_a_batch_are_new.sql")
