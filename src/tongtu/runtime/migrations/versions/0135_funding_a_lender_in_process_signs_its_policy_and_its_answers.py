"""funding: a lender in process signs its policy and its answers."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0135"
down_revision = "0134"


def upgrade() -> None:
    apply_file("funding", "0014_a_lender_in_process_signs_its_policy_and_its_answers.sql")
