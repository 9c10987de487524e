"""The borrower's way as most tests walk it: no detour, nothing looked at but what leads on."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

IDENTITY = re.compile(r"^\d{17}[\dX]$")


def button(within: Page | Locator, name: str) -> Locator:
    """The button whose name holds this pattern."""
    return within.get_by_role("button", name=re.compile(name))


def sign_in_as_demo_person(page: Page, *, begin: bool = True) -> None:
    """From the price, or from where one has to sign in, to a synthetic person."""
    if begin:
        button(page, "查看我能得到的报价").click()
    button(page, "用演示身份试一试").click()
    button(page, r"填入 \d{6}").click()
    button(page, "登录，继续").click()


def tell_who_and_agree(page: Page) -> None:
    """The four steps of an application, up to the last button."""
    button(page, "填入演示身份").click()
    expect(page.get_by_label("身份证号")).to_have_value(IDENTITY)
    page.get_by_label("同意核验我的身份").check()
    button(page, "核验身份").click()
    button(page, "填入演示答案").click()
    purpose = page.get_by_text("日常消费")
    if purpose.count():
        purpose.click()
    button(page, "下一步").click()
    button(page, "全选").click()
    page.get_by_label("自动化评估我的申请").check()
    button(page, r"同意这 \d 家").click()
    expect(page.get_by_role("heading", name="看一遍，再提交")).to_be_visible()


def read_costs_and_sign(page: Page) -> None:
    """Read the costs to their end, tick each clause, open the paper, sign."""
    sheet = page.get_by_role("dialog", name="综合融资成本明示表")
    sheet.get_by_text("除上表所列项目外").scroll_into_view_if_needed()
    sheet.get_by_role("button", name="我已读完，去签署").click()
    expect(page.get_by_text("指纹和你要签的一致")).to_be_visible()
    boxes = page.get_by_role("checkbox")
    expect(boxes).to_have_count(4)
    for place in range(4):
        boxes.nth(place).check()
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="打开").click()
    opened.value.close()
    button(page, "签署这份合同").click()
