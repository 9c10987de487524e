"""identity: a refusal of a proposal has a reason."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0101"
down_revision = "0100"


def upgrade() -> None:
    apply_file("identity", "0014_a_refusal_of_a_proposal_has_a_reason.sql")
