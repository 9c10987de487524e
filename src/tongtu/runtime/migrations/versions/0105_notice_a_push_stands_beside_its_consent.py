"""notice: a push stands beside its consent."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0105"
down_revision = "0104"


def upgrade() -> None:
    apply_file("notice", "0012_a_push_stands_beside_its_consent.sql")
