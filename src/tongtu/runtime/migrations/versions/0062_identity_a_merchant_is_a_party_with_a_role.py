"""identity: a merchant is a party with a role."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0062"
down_revision = "0049"


def upgrade() -> None:
    apply_file("identity", "0003_a_merchant_is_a_party_with_a_role.sql")
