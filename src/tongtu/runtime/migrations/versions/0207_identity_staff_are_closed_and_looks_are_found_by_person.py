"""identity: staff are closed, and looks are found by person."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0207"
down_revision = "0206"


def upgrade() -> None:
    apply_file("identity", "0050_staff_are_closed_and_looks_are_found_by_person.sql")
