"""contracts: a signature names what it rests on."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0266"
down_revision = "0265"


def upgrade() -> None:
    apply_file("contracts", "0033_a_signature_names_what_it_rests_on.sql")
