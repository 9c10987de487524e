"""risk: an experiment that cannot run is an alarm."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0236"
down_revision = "0235"


def upgrade() -> None:
    apply_file("risk", "0050_an_experiment_that_cannot_run_is_an_alarm.sql")
