import pytest

from tongtu.kernel.errors import Broken
from tongtu.tables.api import rules_root
from tongtu.verification.api import FILE, load_rulebook

SHIPPED = (rules_root() / FILE).read_text(encoding="utf-8")


def test_a_folder_of_rules_older_than_verification_has_the_shipped_ones(tmp_path):
    assert load_rulebook(tmp_path) == load_rulebook(rules_root())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("accept_ppm = 450_000", "accept_ppm = 650_000"),  # accepted beyond the line of refusal
        ("accept_ppm = 450_000", "accept_ppm = 0.45"),
        ("accept_ppm = 450_000", "accept_ppm = true"),
        ("straight_ppm = 50_000", "straight_ppm = 75_000"),
        ("challenge_s = 120", "challenge_s = 601"),
        ("days = 365", "days = 0"),
        ("[liveness]", "[lively]"),
        ('version = "2026.11"', "version = "),
    ],
)
def test_rules_that_cannot_be_right_stop_the_start(tmp_path, old, new):
    assert old in SHIPPED
    (tmp_path / FILE).write_text(SHIPPED.replace(old, new, 1), encoding="utf-8")

    with pytest.raises(Broken, match=r"verification\.toml"):
        load_rulebook(tmp_path)
