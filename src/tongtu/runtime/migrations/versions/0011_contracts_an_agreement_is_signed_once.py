"""contracts: an agreement is signed once."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    apply_file("contracts", "0001_an_agreement_is_signed_once.sql")
