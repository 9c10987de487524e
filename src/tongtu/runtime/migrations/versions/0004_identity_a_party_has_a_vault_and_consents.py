"""identity: a party has a vault and consents."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    apply_file("identity", "0001_a_party_has_a_vault_and_consents.sql")
