"""funding: a house signs papers by a later key."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0282"
down_revision = "0281"


def upgrade() -> None:
    apply_file("funding", "0034_a_house_signs_papers_by_a_later_key.sql")
