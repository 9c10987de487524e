"""risk: a batch of applications leaves its signals."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0075"
down_revision = "0074"


def upgrade() -> None:
    apply_file("risk", "0002_a_batch_of_applications_leaves_its_signals.sql")
