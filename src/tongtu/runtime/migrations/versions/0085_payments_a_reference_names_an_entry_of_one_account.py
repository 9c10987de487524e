"""payments: a reference names an entry of one account."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0085"
down_revision = "0084"


def upgrade() -> None:
    apply_file("payments", "0006_a_reference_names_an_entry_of_one_account.sql")
