"""identity: a party carries the hashes it is linked by."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0074"
down_revision = "0072"


def upgrade() -> None:
    apply_file("identity", "0004_a_party_carries_the_hashes_it_is_linked_by.sql")
