"""payments: an entry may be known by the bank's reference."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0108"
down_revision = "0107"


def upgrade() -> None:
    apply_file("payments", "0048_an_entry_may_be_known_by_the_banks_reference.sql")
