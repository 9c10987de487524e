"""servicing: a person is asked about a review, whatever came since."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0270"
down_revision = "0237"


def upgrade() -> None:
    apply_file("servicing", "0066_a_person_is_asked_about_a_review_whatever_came_since.sql")
