"""origination: a version names its challenger."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0095"
down_revision = "0086"


def upgrade() -> None:
    apply_file("origination", "0016_a_version_names_its_challenger.sql")
