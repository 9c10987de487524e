"""servicing: a joint loan is owed to several."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0046"
down_revision = "0045"


def upgrade() -> None:
    apply_file("servicing", "0005_a_joint_loan_is_owed_to_several.sql")
