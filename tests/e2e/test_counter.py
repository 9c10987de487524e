"""An answer that is no, and the smaller loan that is a yes; the same page in the other language."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import expect
from tests.e2e.conftest import FACTS, Person, check_accessible
from tests.e2e.walk import button

pytestmark = [pytest.mark.browser, pytest.mark.e2e]
# 2,600 a month of an income of 3,500: too much; a loan of 18,000 is not.
TIGHT = {"income_minor": 350_000, "expenses_minor": 100_000, "debt_minor": 0}
DRAFT = {
    "version": 1,
    "product": "consumer_cash",
    "amount_minor": 3_000_000,
    "tenor_months": 12,
    "purpose": "daily_consumption",
    "facts": FACTS | TIGHT,
    "key": "0123456789abcdef",
    "saved_at": "2026-11-24T06:02:00Z",
}


def test_who_asks_for_too_much_is_shown_what_would_do_and_gets_offers_for_it(
    open_page, person: Person
) -> None:
    found = person.apply(**TIGHT)
    assert found["outcome"] == "declined"
    page = open_page()
    page.evaluate("draft => localStorage.setItem('tongtu.draft', draft)", json.dumps(DRAFT))
    person.enter(page, f"/a/{found['application']}")
    expect(page.get_by_role("heading", name="这样改，答复就会不同")).to_be_visible()
    expect(page.locator(".advised li").first).to_have_text(re.compile("→"))
    check_accessible(page, "counter-offer")
    button(page, "按 ¥18,000 重新看报价").click()
    expect(page.get_by_role("heading", name="看一遍，再提交")).to_be_visible()
    button(page, "提交，看各家的报价").click()
    button(page, r"看 \d 份报价").click()
    expect(page.get_by_text("借 ¥18,000.00，分 12 期")).to_be_visible()
    assert page.locator("article.offer").count() == 1


def test_a_lender_that_lends_less_stands_behind_and_says_so(open_page, person: Person) -> None:
    found = person.apply()
    page = open_page()

    def with_less(route) -> None:
        told = route.fetch().json()
        less = told["offers"][0] | {"n": 99, "amount_minor": 1_500_000, "cost_minor": 100}
        route.fulfill(json=told | {"offers": [*told["offers"], less]})

    page.route(f"**/v1/applications/{found['application']}", with_less)
    person.enter(page, f"/a/{found['application']}")
    last = page.locator(".offer-row").last
    expect(last).to_contain_text("只借 ¥15,000.00")
    expect(last).to_contain_text("成本 ¥1.00")
    expect(page.locator("article.offer")).to_contain_text("总成本最低")
    check_accessible(page, "offer-of-less")
    last.click()
    expect(page.locator("article.offer")).to_contain_text("只借 ¥15,000.00")


def test_one_tap_changes_the_language_and_another_changes_it_back(open_page) -> None:
    page = open_page()
    expect(page.locator(".price .money")).to_have_count(2)
    button(page, "switch to English").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("See the whole cost"))
    assert page.evaluate("document.documentElement.lang") == "en"
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("See the whole cost"))
    button(page, "中").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("先看清全部成本"))
