"""origination: a batch travels as few values."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0048"
down_revision = "0047"


def upgrade() -> None:
    apply_file("origination", "0003_a_batch_travels_as_few_values.sql")
