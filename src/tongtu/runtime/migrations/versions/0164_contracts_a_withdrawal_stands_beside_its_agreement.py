"""contracts: a withdrawal stands beside its agreement."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0164"
down_revision = "0163"


def upgrade() -> None:
    apply_file("contracts", "0012_a_withdrawal_stands_beside_its_agreement.sql")
