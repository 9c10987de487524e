"""The console's newer pages on the real platform: rings, lenders, prices, branch, house, audit."""

from __future__ import annotations

import re
from collections.abc import Callable

import httpx
import pytest
from playwright.sync_api import Page, expect
from tests.e2e.conftest import Platform, check_accessible, somebody
from tests.e2e.test_console import WIDE, enter

pytestmark = pytest.mark.browser
TABLET = {"width": 768, "height": 1024}
# Every page that came with these, by who sees it; with what has to stand there before it is judged.
PAGES = (
    ("analyst", "rings"),
    ("operator", "lists"),
    ("operator", "lenders/yunxiu"),
    ("analyst", "products"),
    ("analyst", "products?tab=prices"),
    ("operator", "identity"),
    ("operator", "house"),
    ("operator", "audit"),
    ("clerk", "branch"),
)


def settled(page: Page) -> None:
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.locator(".skeletons, .skeleton")).to_have_count(0)


@pytest.fixture
def crowd(platform: Platform) -> Callable[[int, str], None]:
    """Let so many synthetic people apply with one device."""

    def go(count: int, device: str) -> None:
        for _ in range(count):
            with somebody(platform.url) as person:
                person.apply(device=device)

    return go


# The operator's own pages are judged in English and dark by test_console; these stand within them.
INNER = (
    "lenders/yunxiu",
    "products?tab=prices",
    "products?tab=experiments",
    "house?tab=members",
    "audit?tab=changes",
    "branch?tab=quote",
)


def test_every_newer_page_is_clean(open_page, platform: Platform) -> None:
    page, role = None, ""
    for wanted, address in PAGES:
        if wanted != role:
            page, role = open_page("/console", **WIDE), wanted
            enter(page, platform.tokens[role])
        assert page is not None
        page.goto(f"{platform.url}/console#/{address}")
        settled(page)
        check_accessible(page, f"console-{re.sub(r'[^a-z]+', '-', address)}-zh")


def test_what_stands_within_them_is_an_equal_in_english_and_dark(
    open_page, platform: Platform
) -> None:
    page = open_page("/console", lang="en", dark=True, **WIDE)
    enter(page, platform.tokens["operator"])
    for address in INNER:
        page.goto(f"{platform.url}/console#/{address}")
        settled(page)
        check_accessible(page, f"console-{re.sub(r'[^a-z]+', '-', address)}-en-dark")
        assert re.search("[\u4e00-\u9fff]", page.locator("main h1").inner_text()) is None


def test_a_lender_sees_its_own_desk_and_answers_its_settlement_alone(
    open_page, platform: Platform
) -> None:
    page = open_page("/console", **WIDE)
    enter(page, platform.tokens["lender_yunxiu"])
    expect(page.get_by_role("heading", level=1)).to_contain_text("云岫银行")
    expect(page.get_by_role("table", name=re.compile("价格表 云岫消费贷"))).to_be_visible()
    own = httpx.get(
        f"{platform.url}/v1/lender-desks",
        headers={"authorization": f"Bearer {platform.tokens['lender_yunxiu']}"},
    ).json()["items"]
    (program, *_), (cell, *_) = own[0]["programs"], own[0]["programs"][0]["prices"]
    row = page.get_by_role("row", name=re.compile(f"^{cell['band']} 档"))
    expect(row.get_by_role("cell").first).to_have_text(cell["irr12_percent"])
    expect(page.get_by_text(program["name_zh"]).first).to_be_attached()
    assert [one["lender"] for one in own] == ["yunxiu"]
    assert page.locator("nav .group a span").all_inner_texts() == ["资金方", "账本", "结算"]
    check_accessible(page, "console-lender")


def test_a_ring_is_held_by_a_person_and_allowed_by_a_second(
    open_page, platform: Platform, crowd
) -> None:
    crowd(3, "one-telephone")
    page = open_page("/console#/rings", **WIDE)
    enter(page, platform.tokens["analyst"])
    expect(page.locator(".ring-drawing svg")).to_be_visible()
    page.get_by_role("button", name="看表").click()
    expect(page.get_by_role("cell", name="人 3", exact=True)).to_be_visible()
    page.get_by_role("button", name="扣住，交给人看").click()
    page.get_by_label("为什么", exact=True).fill("one telephone for three strangers")
    page.get_by_role("button", name="提交，等第二个人").click()
    page.get_by_role("link", name="看等第二个人的事").click()
    expect(page.get_by_text("先扣住，交给人看")).to_be_visible()

    second = open_page("/console", **WIDE)
    enter(second, platform.tokens["operator"])
    second.goto(page.url)
    second.get_by_role("button", name="同意，让它生效").click()
    expect(second.get_by_text("已同意，已经生效。")).to_be_visible()
    second.goto(f"{platform.url}/console#/lists?list=watch")
    expect(second.get_by_role("cell", name="one telephone for three strangers")).to_be_visible()
    second.goto(f"{platform.url}/console#/audit?tab=changes&operation=risk.ring_word")
    row = second.get_by_role("row", name=re.compile("关联圈的处置")).first
    expect(row).to_contain_text("demo-analyst")
    expect(row).to_contain_text("demo-operator")


def test_a_table_keeps_order_and_filter_in_its_address_and_its_file_runs_no_formula(
    open_page, platform: Platform, tmp_path
) -> None:
    page = open_page("/console", **WIDE)
    enter(page, platform.tokens["analyst"])
    page.goto(f"{platform.url}/console#/products?tab=prices&lender=yunxiu")
    page.get_by_role("button", name="年化（单利）%").click()
    expect(page).to_have_url(re.compile("sort=irr12"))
    expect(page.get_by_role("columnheader", name=re.compile("年化（单利）"))).to_have_attribute(
        "aria-sort", "ascending"
    )
    page.get_by_placeholder("在这张表里找").fill("没有这样的")
    expect(page.get_by_text("没有符合条件的行")).to_be_visible()
    page.get_by_role("button", name="去掉“没有这样的”").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="导出").click()
    download.value.save_as(tmp_path / "prices.csv")
    lines = (tmp_path / "prices.csv").read_text(encoding="utf-8-sig").splitlines()
    assert all("云岫银行" in line for line in lines[1:])
    assert len(lines) > 10


def test_the_branch_quotes_the_platforms_own_fen_without_a_network(
    open_page, platform: Platform
) -> None:
    asked = {"product": "consumer_cash", "amount_minor": 4_321_000, "tenor_months": 24}
    told = httpx.post(f"{platform.url}/v1/quotes", json=asked).json()
    page = open_page("/console", allowed=("net::ERR_INTERNET_DISCONNECTED",), **TABLET)
    enter(page, platform.tokens["branch_clerk"])
    page.goto(f"{platform.url}/console#/branch?tab=quote")
    page.get_by_label("分几期").select_option("24")
    expect(page.locator(".big-figure")).to_be_visible()
    page.context.set_offline(True)
    expect(page.get_by_text("现在没有网", exact=False)).to_be_visible()
    page.get_by_label("借多少（元）").fill("43210")
    least, most = (f"{told[side]['instalment_minor'] / 100:,.2f}" for side in ("from", "to"))
    expect(page.locator(".big-figure")).to_have_text(f"¥{least} – ¥{most}")
    costs = (f"¥{told[side]['cost_minor'] / 100:,.2f}" for side in ("from", "to"))
    expect(page.get_by_text(" – ".join(costs))).to_be_visible()
    check_accessible(page, "console-branch-offline")
    page.context.set_offline(False)
