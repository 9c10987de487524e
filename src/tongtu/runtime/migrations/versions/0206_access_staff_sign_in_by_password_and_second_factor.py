"""access: staff sign in by password and second factor."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0206"
down_revision = "0205"


def upgrade() -> None:
    apply_file("access", "0002_staff_sign_in_by_password_and_second_factor.sql")
