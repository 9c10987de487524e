"""A merchant's page on another origin: its widget, the basket carried over, the money, the return."""

from __future__ import annotations

import gzip
import re

import httpx
import pytest
from playwright.sync_api import Page, expect
from tests.e2e.conftest import STATIC, Platform, check_accessible
from tests.e2e.walk import button, read_costs_and_sign, sign_in_as_demo_person, tell_who_and_agree

pytestmark = pytest.mark.browser
KB = 1024
PRICE = "¥4,680.00"


def test_the_widget_weighs_at_most_8_kb_and_is_one_file() -> None:
    files = list((STATIC / "widget").iterdir())
    assert [one.name for one in files] == ["widget.js"]
    assert len(gzip.compress(files[0].read_bytes(), 6)) <= 8 * KB


def test_only_what_a_merchants_page_needs_answers_to_other_origins(platform: Platform) -> None:
    asking = {"origin": "http://shop.example", "access-control-request-method": "POST"}
    with httpx.Client(base_url=platform.url) as http:
        allowed = http.options("/v1/quotes", headers=asking)
        refused = http.options("/v1/applications", headers=asking)
        script, products = http.get("/widget.js"), http.get("/v1/products")

    assert allowed.status_code == 204
    assert allowed.headers["access-control-allow-origin"] == "*"
    assert script.headers["access-control-allow-origin"] == "*"
    for other in (refused, products):
        assert "access-control-allow-origin" not in other.headers


def test_a_basket_goes_from_the_shop_to_a_signed_loan_and_comes_back(
    open_page, shop: str, platform: Platform
) -> None:
    page = open_page(url=shop, hosts=(platform.url,))
    widget = page.locator("tongtu-offer")
    terms = widget.get_by_role("radio")
    expect(terms).to_have_count(4)
    expect(widget.get_by_role("checkbox")).not_to_be_checked()
    expect(widget.get_by_role("definition").first).to_contain_text("本金 ¥4,680.00 + 利息与费用")
    terms.first.check()
    expect(widget.get_by_role("button")).to_have_text("用 3 期买，先看清再确认")
    # The merchant pays all of the interest of three months.
    expect(widget.locator("label.term").first).to_contain_text("成本 ¥0.00")
    check_accessible(page, "shop")
    widget.get_by_role("checkbox").check()
    button(widget, "用 3 期买").click()

    page.wait_for_url(f"{platform.url}/**")
    sign_in_as_demo_person(page, begin=False)
    expect(page.get_by_role("heading", level=1)).to_have_text("在浩宇数码分期买")
    expect(page.get_by_text(PRICE).first).to_be_visible()
    expect(page.get_by_role("radio", name="3 期")).to_be_checked()
    check_accessible(page, "buy")
    button(page, "同意接收").click()
    expect(page.get_by_text("已同意，可以在").first).to_be_visible()
    button(page, "分 3 期，去申请").click()
    tell_who_and_agree(page)
    expect(page.get_by_text("浩宇数码")).to_be_visible()
    button(page, "提交，看各家的报价").click()
    button(page, r"看 \d 份报价").click()
    expect(page.locator("article.offer")).to_contain_text("1,560.00")
    button(page, "选这份，查看成本表").click()
    read_costs_and_sign(page)

    expect(page.get_by_text("钱已到账").first).to_be_visible()
    expect(page.locator(".arrival")).to_contain_text("→ 浩宇数码")
    button(page, "完成，去看我的借款").click()
    expect(page.get_by_text("0 / 3 期")).to_be_visible()

    order = open_page("/zh/orders", url=shop, hosts=(platform.url,))
    give_back(order)
    expect_settled(page)


def give_back(order: Page) -> None:
    """The buyer brings the goods back: the shop asks for it once."""
    order.locator(".orders a").first.click()
    expect(order.get_by_text("已付款")).to_be_visible()
    check_accessible(order, "order")
    button(order, "整单退货").click()
    expect(order.get_by_role("status")).to_contain_text(f"已退货，退回 {PRICE}")
    expect(button(order, "整单退货")).to_have_count(0)


def expect_settled(page: Page) -> None:
    """The loan ends when the merchant's money has come back."""
    badge = page.get_by_text(re.compile("已结清")).first
    for _ in range(40):
        page.reload()
        expect(page.locator("main .card").first).to_be_visible()
        if badge.is_visible():
            return
        page.wait_for_timeout(250)
    pytest.fail("the loan of goods that came back did not end")
