"""risk: a bureau is asked with consent."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0078"
down_revision = "0077"


def upgrade() -> None:
    apply_file("risk", "0004_a_bureau_is_asked_with_consent.sql")
