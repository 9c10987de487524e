"""payments: a person ends a dispute."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0102"
down_revision = "0101"


def upgrade() -> None:
    apply_file("payments", "0017_a_person_ends_a_dispute.sql")
