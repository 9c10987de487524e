"""evidence: a checkpoint is anchored outside."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0250"
down_revision = "0247"


def upgrade() -> None:
    apply_file("evidence", "0022_a_checkpoint_is_anchored_outside.sql")
