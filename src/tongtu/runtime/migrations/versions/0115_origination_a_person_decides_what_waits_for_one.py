"""origination: a person decides what waits for one."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0115"
down_revision = "0114"


def upgrade() -> None:
    apply_file("origination", "0027_a_person_decides_what_waits_for_one.sql")
