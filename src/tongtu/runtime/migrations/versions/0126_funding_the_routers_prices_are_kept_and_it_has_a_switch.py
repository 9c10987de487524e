"""funding: the router's prices are kept, and it has a switch."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0126"
down_revision = "0125"


def upgrade() -> None:
    apply_file("funding", "0014_the_routers_prices_are_kept_and_it_has_a_switch.sql")
