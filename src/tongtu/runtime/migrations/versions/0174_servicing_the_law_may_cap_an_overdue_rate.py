"""servicing: the law may cap an overdue rate."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0174"
down_revision = "0173"


def upgrade() -> None:
    apply_file("servicing", "0044_the_law_may_cap_an_overdue_rate.sql")
