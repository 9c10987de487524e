"""identity: what a person uploads is sealed, and ends."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0171"
down_revision = "0165"


def upgrade() -> None:
    apply_file("identity", "0036_what_a_person_uploads_is_sealed_and_ends.sql")
