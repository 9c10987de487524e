"""funding: quotas are reserved in the commit."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    apply_file("funding", "0001_quotas_are_reserved_in_the_commit.sql")
