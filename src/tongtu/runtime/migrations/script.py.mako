"""${message}."""

from tongtu.runtime.migrations.apply import apply_file

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    apply_file("", "")
