"""origination: a form is filled in at several places."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0290"
down_revision = "0286"


def upgrade() -> None:
    apply_file("origination", "0290_a_form_is_filled_in_at_several_places.sql")
