"""risk: credit information moves through a licensed bureau."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0134"
down_revision = "0133"


def upgrade() -> None:
    apply_file("risk", "0027_credit_information_moves_through_a_licensed_bureau.sql")
