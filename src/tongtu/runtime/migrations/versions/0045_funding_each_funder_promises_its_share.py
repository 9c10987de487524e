"""funding: each funder of a joint loan promises its share."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0045"
down_revision = "0040"


def upgrade() -> None:
    apply_file("funding", "0003_each_funder_of_a_joint_loan_promises_its_share.sql")
