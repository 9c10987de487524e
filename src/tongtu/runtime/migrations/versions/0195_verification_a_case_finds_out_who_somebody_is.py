"""verification: a case finds out who somebody is."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0195"
down_revision = "0190"


def upgrade() -> None:
    apply_file("verification", "0001_a_case_finds_out_who_somebody_is.sql")
