"""risk: models move by two persons."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0096"
down_revision = "0095"


def upgrade() -> None:
    apply_file("risk", "0015_models_move_by_two_persons.sql")
