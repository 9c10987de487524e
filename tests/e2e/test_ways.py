"""What a borrower does beside borrowing: show who they are, go on elsewhere, repay early, ask for a
rest, read without a network; on the real platform, in both the phone's and a branch's browser."""

from __future__ import annotations

import json
import re

import pytest
from bench.identity.passkey import add_authenticator
from playwright.sync_api import Page, expect
from tests.e2e.conftest import WAIT_MS, Person, Platform, check_accessible
from tests.e2e.walk import button, read_costs_and_sign, sign_in_as_demo_person

pytestmark = pytest.mark.browser
WIDE = {"width": 1440, "height": 900}
NO_SECURE_CONTEXT = "Object.defineProperty(window, 'isSecureContext', {value: false})"
expect.set_options(timeout=WAIT_MS)


@pytest.mark.e2e
def test_a_check_begun_on_the_phone_goes_on_at_a_branch_and_is_seen_live(
    open_page, platform: Platform, person: Person
) -> None:
    person.post("/v1/me/consents", person.consent("identity_check"))
    phone = open_page()
    person.enter(phone, "/identify")
    check_accessible(phone, "identify-begin")
    phone.get_by_label("我有稳定的还款来源").check()
    button(phone, "开始核验").click()
    expect(phone.get_by_role("link", name=re.compile("去网点办"))).to_be_visible()
    check_accessible(phone, "identify")
    phone.get_by_role("link", name=re.compile("去网点办")).click()
    button(phone, "取一个续办码").click()
    code = phone.locator(".resume-code").inner_text()
    check_accessible(phone, "identify-branch")

    branch = open_page("/console#/branch", **WIDE, allowed=("409", "404"))
    branch.add_init_script(
        f"sessionStorage.setItem('tongtu.console', '{platform.tokens['branch_clerk']}')"
    )
    branch.reload()
    branch.get_by_role("textbox", name="续办码").fill(code)
    branch.get_by_role("button", name="打开这件").click()
    expect(branch.get_by_role("heading", name="本人和证件都在面前")).to_be_visible()
    expect(phone.get_by_role("heading", level=1)).to_have_text("正在网点办理")
    check_accessible(phone, "identify-elsewhere")
    for compared in branch.get_by_role("checkbox").all():
        compared.check()
    branch.get_by_role("button", name="确认本人和证件").click()
    expect(branch.get_by_text(re.compile("已记下"))).to_be_visible()

    expect(phone.get_by_text(re.compile("核验通过|由人来看|办理中")).first).to_be_visible()
    expect(phone.get_by_text("做过")).to_be_visible()
    # The code is used up: who finds it later opens nothing.
    branch.get_by_role("button", name="下一位客户").click()
    branch.get_by_role("textbox", name="续办码").fill(code)
    branch.get_by_role("button", name="打开这件").click()
    expect(branch.get_by_role("alert").first).to_be_visible()


@pytest.mark.e2e
def test_without_a_secure_context_the_page_says_why_and_offers_another_way(
    open_page, person: Person
) -> None:
    page = open_page()
    page.add_init_script(NO_SECURE_CONTEXT)
    person.enter(page, "/identify")
    button(page, "开始核验").click()
    for way in ("通行密钥", "自拍"):
        page.get_by_role("link", name=re.compile(way)).click()
        expect(page.get_by_text("这个地址不是安全连接")).to_be_visible()
        check_accessible(page, f"identify-insecure-{way}")
        page.get_by_role("link", name="换一种方式").click()
    expect(page.get_by_role("link", name=re.compile("银行卡四要素"))).to_be_visible()


@pytest.mark.e2e
def test_a_passkey_made_in_the_app_signs_in_and_its_answer_is_no_good_twice(
    open_page, platform: Platform
) -> None:
    url = platform.url.replace("127.0.0.1", "localhost")
    page = open_page(url=url, allowed=("401", "422"))
    add_authenticator(page)
    sign_in_as_demo_person(page)
    expect(page.get_by_role("heading", name="你是谁？")).to_be_visible()
    page.evaluate("location.hash = '/identify/passkey'")
    button(page, "在这部设备上建通行密钥").click()
    expect(page.get_by_text("已建好")).to_be_visible()
    page.evaluate("sessionStorage.removeItem('tongtu.session'); location.hash = '/sign-in'")
    page.reload()
    with page.expect_request("**/v1/sign-in/passkey") as sent:
        button(page, "用通行密钥登录").click()
    expect(page.get_by_role("heading", level=1)).not_to_have_text("用手机号登录")
    assert page.evaluate("sessionStorage.getItem('tongtu.session')")
    said = sent.value.post_data_json

    again = page.request.post(
        f"{url}/v1/sign-in/passkey",
        data=json.dumps(said),
        headers={"content-type": "application/json", "idempotency-key": "replayed-0001"},
    )

    assert again.status in {401, 403, 409, 422}
    assert "token" not in again.text()


def test_a_loan_is_read_without_a_network_asks_for_a_rest_and_is_settled_early(
    open_page, person: Person
) -> None:
    loan = person.borrow()
    page = open_page(allowed=("ERR_INTERNET_DISCONNECTED",))
    person.enter(page, f"/loans/{loan}")
    expect(page.get_by_text("0 / 12 期")).to_be_visible()
    read_offline(page)

    page.get_by_role("link", name="还款有困难").click()
    expect(page.locator(".row-button")).to_have_count(3)
    extra = [money_of(one) for one in page.locator(".row-button .example b").all_inner_texts()]
    assert extra == sorted(extra)
    assert extra[0] > 0
    check_accessible(page, "relief")
    page.get_by_text("收入少了").click()
    button(page, "申请缓 1 期").click()
    expect(page.get_by_role("heading", name="已送到，会由人来看")).to_be_visible()

    person.enter(page, f"/loans/{loan}/early")
    quote = person.get(f"/v1/loans/{loan}/payoff")["quotes"][0]
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"{quote['total_minor'] // 100:,}")
    page.get_by_label("这次还多少").fill("5000")
    button(page, "看看会怎样").click()
    expect(page.get_by_text(re.compile(r"还剩 \d+ 期"))).to_be_visible()
    check_accessible(page, "early")
    button(page, "去结清").click()
    expect(page.get_by_role("heading", name="已结清")).to_be_visible()
    assert person.get(f"/v1/loans/{loan}")["state"] == "settled"


def read_offline(page: Page) -> None:
    """What was read stands there without a network, and says when it was read."""
    page.evaluate(
        "() => new Promise(done => navigator.serviceWorker.controller ? done()"
        " : navigator.serviceWorker.addEventListener('controllerchange', () => done()))"
    )
    page.reload()
    expect(page.get_by_text("0 / 12 期")).to_be_visible()
    page.context.set_offline(True)
    page.reload()
    expect(page.get_by_text("0 / 12 期")).to_be_visible()
    expect(page.get_by_text(re.compile(r"离线，显示 \d\d:\d\d 的内容"))).to_be_visible()
    check_accessible(page, "loan-offline")
    page.context.set_offline(False)
    page.reload()
    expect(page.get_by_text("离线")).to_have_count(0)


def money_of(text: str) -> int:
    """Fen of a sum as the page writes it."""
    return int(re.sub(r"[^\d]", "", text))


def test_a_form_begun_on_the_phone_is_filled_in_at_a_branch_and_two_edits_are_merged(
    open_page, platform: Platform, person: Person
) -> None:
    person.post("/v1/me/consents", person.consent("identity_check"))
    case = person.post(
        "/v1/verifications",
        {"channel": "phone", "is_student": False, "has_source_of_funds": True},
    )["verification"]
    code = person.post(f"/v1/verifications/{case}/resume-codes", {"channel": "branch"})["code"]
    phone = open_page(allowed=("ERR_INTERNET_DISCONNECTED",))
    person.enter(phone, "/apply/facts")
    phone.get_by_label("每月到手收入").fill("9000")

    branch = open_page("/console#/branch", **WIDE)
    branch.add_init_script(
        f"sessionStorage.setItem('tongtu.console', '{platform.tokens['branch_clerk']}')"
    )
    branch.reload()
    branch.get_by_role("textbox", name="续办码").fill(code)
    branch.get_by_role("button", name="打开这件").click()
    income = branch.get_by_label("每月到手收入（元）")
    expect(income).to_have_value("9000")
    check_accessible(branch, "console-branch-form")
    branch.get_by_label("每月生活支出（元）").fill("3000")
    branch.get_by_role("button", name="保存这些改动").click()
    expect(phone.get_by_label("每月生活支出")).to_have_value("3,000")

    # Both write the same field, the phone without a network: it is asked, and told who wrote what.
    phone.context.set_offline(True)
    phone.get_by_label("每月到手收入").fill("10000")
    income.fill("12000")
    branch.get_by_role("button", name="保存这些改动").click()
    expect(branch.get_by_role("button", name="保存这些改动")).to_be_disabled()
    phone.context.set_offline(False)
    sheet = phone.get_by_role("dialog", name="两边都改了，用哪个？")
    expect(sheet.get_by_text("我填的：¥10,000")).to_be_visible()
    check_accessible(phone, "merge")
    sheet.get_by_text(re.compile("网点 .*¥12,000")).click()
    sheet.get_by_role("button", name="就用选的这些").click()
    expect(phone.get_by_label("每月到手收入")).to_have_value("12,000")
    kept = {one["name"]: one["value"] for one in person.get("/v1/me/form")["fields"]}
    assert (kept["income_minor"], kept["expenses_minor"]) == (1_200_000, 300_000)


@pytest.mark.e2e
def test_a_part_of_a_line_is_drawn_after_its_costs_were_read(open_page, person: Person) -> None:
    line = person.open_line()
    page = open_page()
    person.enter(page, "/loans")
    page.get_by_role("link", name=re.compile("额度")).click()
    expect(page.get_by_text("还没有用过。")).to_be_visible()
    page.get_by_role("textbox", name="这次用多少").fill("40000")
    button(page, "看看要还多少").click()
    expect(page.get_by_text(re.compile("请填大于零、不超过"))).to_be_visible()
    page.get_by_role("textbox", name="这次用多少").fill("5000")
    button(page, "看看要还多少").click()
    check_accessible(page, "line")
    button(page, "用 ¥5,000，先看成本表").click()
    read_costs_and_sign(page)
    expect(page.get_by_text("0 / 6 期")).to_be_visible()
    standing = person.get(f"/v1/facilities/{line}")["standing"]
    assert (standing["used_minor"], standing["reserved_minor"]) == (500_000, 0)
