"""The live page in a real browser against the real platform."""

from __future__ import annotations

import re

import httpx
import pytest
from playwright.sync_api import Page, expect
from tests.e2e.conftest import Person, Platform, check_accessible

pytestmark = pytest.mark.browser
WIDE = {"width": 1440, "height": 900}


def enter(page: Page, token: str, *, label: str = "令牌") -> None:
    page.get_by_label(label, exact=True).fill(token)
    page.keyboard.press("Enter")


def figure(page: Page, name: str) -> str:
    return page.locator(".kpis > div", has_text=name).locator("b").inner_text()


def test_the_live_page_shows_the_platforms_own_figures_as_they_change(
    open_page, platform: Platform, person: Person
) -> None:
    page = open_page("/console", **WIDE)
    check_accessible(page, "console-sign-in")
    enter(page, platform.tokens["analyst"])
    expect(page.get_by_text("实时", exact=True)).to_be_visible()
    before = int(figure(page, "申请").replace(",", ""))
    person.apply()
    expect(page.locator(".kpis > div", has_text="申请").locator("b").first).to_have_text(
        str(before + 1)
    )
    headers = {"authorization": f"Bearer {platform.tokens['analyst']}"}
    live = httpx.get(f"{platform.url}/v1/insight/live", headers=headers).json()
    assert live["funnel"]["submitted"] == before + 1
    expect(page.get_by_text("余额等于重放")).to_be_visible()
    expect(page.get_by_text("检查点签名有效，且接着上一个")).to_be_visible()
    assert figure(page, "账本差额") == "0.00"
    expect(page.locator(".drawing svg")).to_have_count(2)
    check_accessible(page, "console-live")

    page.get_by_role("button", name="看表").first.click()
    expect(page.get_by_role("cell", name="提交申请")).to_be_visible()
    check_accessible(page, "console-table")


def test_the_live_page_is_an_equal_in_english_and_dark(open_page, platform: Platform) -> None:
    page = open_page("/console", lang="en", dark=True, **WIDE)
    enter(page, platform.tokens["regulator"], label="Token")
    expect(page.get_by_text("Balances equal replay")).to_be_visible()
    check_accessible(page, "console-en-dark")
    page.get_by_role("button", name="Light").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    page.get_by_role("button", name="切换到中文").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("实时看板")


def test_without_its_stream_the_page_asks_and_comes_back_to_the_stream(
    open_page, platform: Platform
) -> None:
    page = open_page("/console", allowed=("net::ERR_FAILED",), **WIDE)
    page.route("**/v1/insight/stream", lambda route: route.abort())
    enter(page, platform.tokens["operator"])
    expect(page.get_by_text("每 2 秒询问")).to_be_visible()
    page.unroute("**/v1/insight/stream")
    expect(page.get_by_text("实时", exact=True)).to_be_visible()


def test_a_role_that_may_not_look_is_told_so_and_is_let_go(open_page, platform: Platform) -> None:
    page = open_page("/console", allowed=("403",), **WIDE)
    enter(page, platform.tokens["clerk"])
    expect(page.get_by_text(re.compile("它的角色不能看这一页"))).to_be_visible()
    assert page.evaluate("sessionStorage.getItem('tongtu.console')") is None
    check_accessible(page, "console-refused")
