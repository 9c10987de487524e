"""The pack a platform runs is the one in force where it and its lenders are."""

import shutil
from dataclasses import replace
from datetime import date

import pytest

from tongtu.funding.api import load_book
from tongtu.kernel.errors import Broken
from tongtu.main.platform import choose_pack
from tongtu.tables.api import rules_root

DAY = date(2026, 11, 24)


class Lenders:
    """A book of which only the lenders are asked."""

    def __init__(self, lenders):
        self.lenders = lenders

    def everybody(self):
        return self.lenders


def test_the_release_in_force_on_the_day_is_chosen():
    assert choose_pack(load_book(), DAY).id == "cn/2026.08"


def test_before_the_first_release_nobody_lends_by_guessing():
    with pytest.raises(Broken, match="no pack of cn is in force") as fault:
        choose_pack(load_book(), date(2025, 9, 30))

    assert fault.value.code == "no_pack"


@pytest.mark.parametrize(("country", "code"), [("us", "two_laws"), ("xx", "no_pack")])
def test_a_lender_licensed_elsewhere_stops_the_start_by_name(country, code):
    first, *others = load_book().lenders
    book = Lenders((replace(first, country=country), *others))

    with pytest.raises(Broken) as fault:
        choose_pack(book, DAY)

    assert fault.value.code == code


def test_a_remote_lender_licensed_elsewhere_stops_the_start_as_well(tmp_path):
    root = shutil.copytree(rules_root(), tmp_path / "rules")
    text = (root / "lenders.toml").read_text(encoding="utf-8")
    licensed = text.replace('id = "beidu"\n', 'id = "beidu"\ncountry = "us"\n')
    assert licensed != text
    (root / "lenders.toml").write_text(licensed, encoding="utf-8")

    with pytest.raises(Broken, match="beidu is licensed in us") as fault:
        choose_pack(load_book(root), DAY)

    assert fault.value.code == "two_laws"
