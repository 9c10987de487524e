"""verification: a card's word names its picture."""

from tongtu.runtime.migrations.apply import apply_file

revision = "0265"
down_revision = "0256"


def upgrade() -> None:
    apply_file("verification", "0023_a_card_s_word_names_its_picture.sql")
