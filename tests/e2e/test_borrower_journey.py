"""A person borrows on a phone: price, identity, consents, offers, cost table, signature, money, repayment."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.browser


@pytest.fixture
def phone(chromium: Browser, site: str) -> Iterator[Page]:
    """A phone in Chinese that ends with no error on its console and no foreign request."""
    context = chromium.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN")
    page = context.new_page()
    errors: list[str] = []
    asked: set[str] = set()
    page.on(
        "console", lambda message: errors.append(message.text) if message.type == "error" else None
    )
    page.on("pageerror", lambda fault: errors.append(str(fault)))
    page.on("request", lambda request: asked.add("/".join(request.url.split("/")[:3])))
    yield page
    context.close()
    assert errors == []
    assert {host for host in asked if not host.startswith(("blob:", "data:"))} == {site}


def test_the_price_stands_on_the_first_page_in_both_languages(phone: Page, site: str) -> None:
    phone.goto(site)
    quote = phone.locator(".quote")
    expect(quote.locator(".money")).to_have_count(3)
    expect(quote).to_contain_text(re.compile(r"\d+\.\d{2}%"))
    phone.get_by_role("button", name="EN").click()
    expect(phone.locator("html")).to_have_attribute("lang", "en")
    expect(phone.get_by_role("heading", level=1)).to_have_text(
        "See the whole cost first. Then decide."
    )


def test_a_person_borrows_signs_and_pays_the_first_instalment(phone: Page, site: str) -> None:
    phone.goto(site)
    _become_known(phone)
    _tell_income(phone)
    _give_consents(phone)
    phone.get_by_role("button", name="提交，看报价").click()
    phone.get_by_role("button", name=re.compile("看.*份报价")).click()
    expect(phone.get_by_text("总成本最低").first).to_be_visible()
    expect(phone.get_by_text("只按总成本排序。资金方付给我们的服务费不影响顺序。")).to_be_visible()
    phone.get_by_role("button", name="选这份，查看成本表").click()
    _read_and_sign(phone)
    expect(phone.get_by_text("已签", exact=True)).to_be_visible()
    expect(phone.get_by_text("钱已到账").first).to_be_visible(timeout=60_000)
    phone.get_by_role("button", name="完成，去看我的借款").click()
    phone.get_by_role("button", name="现在还这一期").click()
    expect(phone.get_by_text("已还", exact=True)).to_be_visible(timeout=30_000)


def _become_known(phone: Page) -> None:
    phone.get_by_role("button", name="查看我能得到的报价").click()
    phone.get_by_role("button", name="用演示身份试一试").click()
    expect(phone.get_by_label("验证码")).to_have_value(re.compile(r"^\d{6}$"))
    phone.get_by_role("button", name="登录，继续").click()
    agreed = phone.get_by_role("checkbox", name=re.compile("身份核验"))
    expect(agreed).not_to_be_checked()
    agreed.check()
    phone.get_by_role("button", name="下一步：填收入").click()


def _tell_income(phone: Page) -> None:
    facts = {"每月到手收入": "13500", "每月固定支出": "3000", "还欠多少": "0", "存款与资产": "100000",
             "这份工作做了几年": "6", "要买的东西多少钱": "42000"}  # fmt: skip
    for label, value in facts.items():
        phone.get_by_label(label).fill(value)
    for choice in ("固定工作", "自有", "没有", "家电家具"):
        phone.get_by_role("radio", name=choice, exact=True).check(force=True)
    phone.get_by_role("button", name="下一步：看看谁会用到我的信息").click()


def _give_consents(phone: Page) -> None:
    boxes = phone.get_by_role("checkbox")
    expect(boxes.first).to_be_visible()
    assert [box for box in boxes.all() if box.is_checked()] == []
    phone.get_by_role("checkbox", name=re.compile("自动化决策")).check()
    phone.get_by_role("button", name="全部选上").click()
    phone.get_by_role("button", name=re.compile("同意这")).click()


def _read_and_sign(phone: Page) -> None:
    button = phone.locator(".foot button")
    expect(button).to_contain_text("继续阅读")
    expect(button).to_have_attribute("aria-disabled", "true")
    phone.get_by_text("请读完再确认").scroll_into_view_if_needed()
    ready = phone.get_by_role("button", name="我已读完，去签署")
    expect(ready).to_be_visible(timeout=20_000)
    ready.click()
    phone.get_by_role("checkbox", name="我已读过合同，同意签署").check()
    phone.get_by_role("button", name="签署这份合同").click()
