"""campaign: a campaign is drawn once."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0154"
down_revision = "0153"


def upgrade() -> None:
    apply_file("campaign", "0001_a_campaign_is_drawn_once.sql")
