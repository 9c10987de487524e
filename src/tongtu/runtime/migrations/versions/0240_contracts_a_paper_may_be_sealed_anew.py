"""contracts: a paper may be sealed anew."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0240"
down_revision = "0237"


def upgrade() -> None:
    apply_file("contracts", "0021_a_paper_may_be_sealed_anew.sql")
