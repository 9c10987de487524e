"""The pack a platform runs is the one in force where it and its lenders are."""

from dataclasses import replace
from datetime import date

import pytest

from tongtu.funding.api import load_book
from tongtu.kernel.errors import Broken
from tongtu.main.platform import choose_pack

DAY = date(2026, 11, 24)


class Lenders:
    """A book of which only the lenders are asked."""

    def __init__(self, lenders):
        self.lenders = lenders


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
