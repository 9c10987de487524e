"""origination: a review has a day by which it is answered."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0080"
down_revision = "0078"


def upgrade() -> None:
    apply_file("origination", "0005_a_review_has_a_day_by_which_it_is_answered.sql")
