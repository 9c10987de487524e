"""origination: no index is kept for devices."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0077"
down_revision = "0076"


def upgrade() -> None:
    apply_file("origination", "0004_no_index_is_kept_for_devices.sql")
