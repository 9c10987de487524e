"""risk: outside sources are asked with consent."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0180"
down_revision = "0175"


def upgrade() -> None:
    apply_file("risk", "0048_outside_sources_are_asked_with_consent.sql")
