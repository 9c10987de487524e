"""runtime: commands events and the business day."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0001"
down_revision = None


def upgrade() -> None:
    apply_file("runtime", "0001_commands_events_and_the_business_day.sql")
