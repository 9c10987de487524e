"""What an anonymous page shows of a price is held to the law by its own fields."""

from __future__ import annotations

from datetime import date

import msgspec
import pytest

from tongtu.channels.rest import pages
from tongtu.channels.rest.pages import PAGES, Page, check_pages, facts_of
from tongtu.kernel.errors import Broken
from tongtu.policy.api import Pack

DAY = date(2026, 11, 24)


class Example(msgspec.Struct):
    rate_percent: str
    irr12_percent: str


class WithoutBasis(msgspec.Struct):
    items: list[Example]


class OnlyTheLowest(msgspec.Struct):
    lowest: Example | None
    basis: str


class WithoutTotal(msgspec.Struct):
    instalment_minor: int
    cost_minor: int
    irr12_percent: str


@pytest.fixture
def pack():
    return Pack.load("cn/2026.08")


def test_every_page_that_shows_a_price_is_lawful(pack):
    assert check_pages(pack, DAY) == ()


@pytest.mark.parametrize(
    ("page", "rule"),
    [
        (Page("examples", WithoutBasis), "DISC-03"),
        (Page("pay", WithoutTotal, is_checkout=True), "DISC-04"),
    ],
)
def test_a_page_that_leaves_out_what_the_law_wants_shown_stops_the_start(
    pack, monkeypatch, page, rule
):
    monkeypatch.setattr(pages, "PAGES", (*PAGES, page))

    with pytest.raises(Broken, match=f"{page.name}: {rule}$") as refusal:
        check_pages(pack, DAY)

    assert refusal.value.code == "page_not_lawful"


def test_a_page_that_names_only_the_lowest_price_is_warned_of(pack, monkeypatch):
    monkeypatch.setattr(pages, "PAGES", (Page("from", OnlyTheLowest),))

    assert [(name, one.rule) for name, one in check_pages(pack, DAY)] == [("from", "DISC-03.range")]


def test_the_facts_of_a_page_are_read_off_all_the_fields_it_holds():
    facts = facts_of(Page("examples", WithoutBasis))

    assert facts["shows_rate"] is True
    assert facts["shows_yearly_cost"] is True
    assert facts["shows_cost_basis"] is False
