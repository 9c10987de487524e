"""process: new cases open by themselves."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    apply_file("process", "0002_new_cases_open_by_themselves.sql")
