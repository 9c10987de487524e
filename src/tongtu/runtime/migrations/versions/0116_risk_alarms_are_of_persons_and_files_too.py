"""risk: alarms are of persons and files too."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0116"
down_revision = "0115"


def upgrade() -> None:
    apply_file("risk", "0028_alarms_are_of_persons_and_files_too.sql")
