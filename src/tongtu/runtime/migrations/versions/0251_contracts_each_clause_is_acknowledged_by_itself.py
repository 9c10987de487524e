"""contracts: each clause is acknowledged by itself."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0251"
down_revision = "0250"


def upgrade() -> None:
    apply_file("contracts", "0022_each_clause_is_acknowledged_by_itself.sql")
