"""partner: a partner hears of everything that concerns it."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0136"
down_revision = "0135"


def upgrade() -> None:
    apply_file("partner", "0001_a_partner_hears_of_everything_that_concerns_it.sql")
