"""Advice and what is pushed, on a phone: the reason beside each, the plain view, the way to stop."""

from __future__ import annotations

import re

import httpx
import pytest
from playwright.sync_api import Page, Route, expect
from tests.e2e.conftest import Person, Platform, check_accessible

pytestmark = [pytest.mark.browser, pytest.mark.e2e]


def button(page: Page, name: str):
    return page.get_by_role("button", name=re.compile(name))


def test_a_visitor_is_advised_without_anything_personal_and_takes_it_to_the_price(
    open_page, platform: Platform
) -> None:
    asked = {"purpose": "daily_consumption", "amount_minor": 1_200_000}
    told = httpx.post(f"{platform.url}/v1/recommendations", json=asked).json()
    page = open_page()
    page.get_by_role("link", name="不知道借哪种").click()
    expect(page.get_by_role("radio", name="不用个人信息")).to_be_checked()
    page.get_by_label("想借多少").fill("12000")
    page.get_by_label("日常消费").check()

    button(page, "^看建议").click()

    advised = page.locator("section[aria-labelledby=advised]")
    expect(advised.get_by_role("heading")).to_have_text("消费贷")
    reasons = [one["text_zh"] for one in told["reasons"]]
    assert advised.locator(".reasons li").all_inner_texts() == reasons
    expect(advised).to_contain_text(f"分 {told['tenor_months']} 期")
    check_accessible(page, "advice-plain")
    button(page, "按这个看价格").click()
    expect(page.locator(".price")).to_be_visible()


def test_who_has_too_little_left_is_told_that_no_loan_is_better_and_why(
    open_page, person: Person
) -> None:
    person.apply()  # agrees to be judged by a machine
    page = open_page()
    person.enter(page, "/advise")
    page.get_by_text("按我的情况").click()
    page.get_by_label("想借多少").fill("30000")
    page.get_by_label("每月到手收入").fill("5000")
    page.get_by_label("每月生活支出").fill("4900")
    page.get_by_label("现在一共欠多少").fill("0")

    button(page, "^看建议").click()

    advised = page.locator("section[aria-labelledby=advised]")
    expect(advised.get_by_role("heading")).to_have_text("目前不建议借款")
    expect(advised.locator(".reasons")).to_contain_text("结余不足")
    expect(button(page, "按这个看价格")).to_have_count(0)
    check_accessible(page, "advice-no-loan")
    # The other view is one tap away, and what was advised by this one stands no longer.
    page.get_by_text("不用个人信息").first.click()
    expect(advised).to_have_count(0)
    button(page, "^看建议").click()
    expect(advised.locator(".reasons")).to_contain_text("未使用个人信息")
    button(page, "English").click()
    expect(advised.locator(".reasons")).to_contain_text("made without anything personal")


def test_pushes_are_off_until_chosen_and_each_shows_its_consent_beside_the_way_to_stop(
    open_page, person: Person
) -> None:
    def sent_by_day(route: Route) -> None:
        """Beside the server's own choice a push of yesterday: at night none is sent at all."""
        if route.request.method != "GET":
            route.fallback()
            return
        answer = route.fetch().json()
        pushed = {
            "template": "goods_offer", "consent": "co_0", "consent_version": "2026.08",
            "reason": "您正在浏览 / you look at xinghe", "is_plain": False,
            "at": "2026-11-23T06:00:00Z",
        }  # fmt: skip
        route.fulfill(json=answer | {"items": [pushed]})

    page = open_page()
    page.route("**/v1/me/pushes", sent_by_day)
    person.enter(page, "/me")
    card = page.locator("section[aria-labelledby=pushes]")
    expect(card).to_contain_text("已关闭")
    expect(card.get_by_role("button", name="不再接收")).to_have_count(0)
    assert person.get("/v1/me/pushes")["choice"] is None

    card.get_by_role("button", name="同意并开启").click()

    expect(card).to_contain_text("已开启")
    expect(card).to_contain_text("依据你同意的营销信息（2026.08 版）")
    expect(card).to_contain_text("原因：您正在浏览")
    check_accessible(page, "pushes")
    chosen = person.get("/v1/me/pushes")["choice"]
    assert (chosen["is_on"], chosen["is_plain"]) == (True, True)
    assert "marketing" in {one["scope"] for one in person.get("/v1/me")["consents"]}
    card.get_by_role("button", name="不再接收").click()
    expect(card).to_contain_text("已关闭")
    assert person.get("/v1/me/pushes")["choice"]["is_on"] is False
