"""identity: a way to an account is put right by two persons."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0281"
down_revision = "0280"


def upgrade() -> None:
    apply_file("identity", "0072_a_way_to_an_account_is_put_right_by_two_persons.sql")
