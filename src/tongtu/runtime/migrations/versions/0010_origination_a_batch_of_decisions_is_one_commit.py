"""origination: a batch of decisions is one commit."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    apply_file("origination", "0001_a_batch_of_decisions_is_one_commit.sql")
