"""origination: a document asked for is uploaded by a day."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0172"
down_revision = "0171"


def upgrade() -> None:
    apply_file("origination", "0038_a_document_asked_for_is_uploaded_by_a_day.sql")
