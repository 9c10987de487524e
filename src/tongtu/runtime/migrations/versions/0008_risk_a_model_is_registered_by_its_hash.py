"""risk: a model is registered by its hash."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    apply_file("risk", "0001_a_model_is_registered_by_its_hash.sql")
