"""access: organisations serve people, and looks are kept."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0208"
down_revision = "0207"


def upgrade() -> None:
    apply_file("access", "0003_organisations_serve_people_and_looks_are_kept.sql")
