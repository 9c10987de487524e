"""partner: keys of the sandbox may end early."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0165"
down_revision = "0164"


def upgrade() -> None:
    apply_file("partner", "0011_keys_of_the_sandbox_may_end_early.sql")
