"""evidence: a checkpoint is final by its witnesses."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0215"
down_revision = "0208"


def upgrade() -> None:
    apply_file("evidence", "0012_a_checkpoint_is_final_by_its_witnesses.sql")
