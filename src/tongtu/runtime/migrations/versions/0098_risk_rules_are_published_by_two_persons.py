"""risk: rules are published by two persons."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0098"
down_revision = "0097"


def upgrade() -> None:
    apply_file("risk", "0017_rules_are_published_by_two_persons.sql")
