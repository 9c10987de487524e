"""A borrower's way on a phone, walked in a real browser against the real platform."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect
from tests.e2e.conftest import FACTS, Person, Platform, check_accessible, serving

pytestmark = pytest.mark.browser
RESERVED = "999999"
READING_S = 10
DRAFT = {
    "version": 1,
    "product": "consumer_cash",
    "amount_minor": 3_000_000,
    "tenor_months": 12,
    "purpose": "goods",
    "facts": FACTS,
    "key": "0123456789abcdef",
    "saved_at": "2026-11-24T06:02:00Z",
}


def button(page: Page, name: str):
    return page.get_by_role("button", name=re.compile(name))


def sign_in_as_demo_person(page: Page) -> None:
    button(page, "查看我能得到的报价").click()
    check_accessible(page, "sign-in")
    button(page, "用演示身份试一试").click()
    button(page, r"填入 \d{6}").click()
    button(page, "登录，继续").click()


def identity_is_filled_in(page: Page) -> None:
    """The demo's identity comes from the server: nobody goes on before it stands there."""
    expect(page.get_by_label("身份证号")).to_have_value(re.compile(r"^\d{17}[\dX]$"))


def tell_who_and_what(page: Page) -> None:
    button(page, "核验身份").click()
    expect(page.get_by_text("请核对 18 位身份证号")).to_be_visible()
    check_accessible(page, "identity")
    button(page, "填入演示身份").click()
    identity_is_filled_in(page)
    page.get_by_label("同意核验我的身份").check()
    button(page, "核验身份").click()
    button(page, "填入演示答案").click()
    page.get_by_label("每月生活支出").fill("15000")
    page.get_by_label("每月生活支出").blur()
    expect(page.get_by_text("比收入还高。请看看是不是多写了一个 0？")).to_be_visible()
    expect(page.get_by_label("每月生活支出")).to_have_value("15,000")
    page.get_by_label("每月生活支出").fill("3000")
    page.get_by_text("日常消费").click()
    check_accessible(page, "facts")
    button(page, "下一步").click()


def consent_and_submit(page: Page) -> None:
    expect(page.get_by_role("checkbox", checked=True)).to_have_count(0)
    expect(page.get_by_role("checkbox")).to_have_count(9)
    button(page, "选好要给谁看").click()
    expect(page.get_by_text("至少选一家")).to_be_visible()
    button(page, "全选").click()
    # A lender that decides by itself hears of a person through a bureau only; it may be left out.
    bureau = page.get_by_label("同意查询征信")
    expect(bureau).not_to_be_checked()
    bureau.check()
    page.get_by_label("自动化评估我的申请").check()
    check_accessible(page, "consents")
    button(page, "同意这 8 家").click()
    expect(page.get_by_role("heading", name="看一遍，再提交")).to_be_visible()
    check_accessible(page, "confirm")
    button(page, "提交，看各家的报价").click()


def read_costs_and_sign(page: Page) -> None:
    sheet = page.get_by_role("dialog", name="综合融资成本明示表")
    waiting = sheet.get_by_role("button", name=re.compile("继续阅读，还有"))
    expect(waiting).to_have_attribute("aria-disabled", "true")
    expect(sheet.get_by_role("row", name=re.compile("平台服务费.*0.00"))).to_be_visible()
    sheet.get_by_text("除上表所列项目外").scroll_into_view_if_needed()
    check_accessible(page, "cost-table")
    sheet.get_by_role("button", name="我已读完，去签署").click()
    expect(page.get_by_text("指纹和你要签的一致")).to_be_visible()
    expect(button(page, "签署这份合同")).to_have_attribute("aria-disabled", "true")
    expect(page.get_by_text("请先打开合同看一看").first).to_be_visible()
    acknowledge_clauses(page)
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="打开").click()
    assert opened.value.url.startswith("blob:")
    opened.value.close()
    check_accessible(page, "sign")
    button(page, "签署这份合同").click()


def acknowledge_clauses(page: Page) -> None:
    """A tick that the server does not have is taken back; each one it has stays after a reload."""
    boxes = page.get_by_role("checkbox")
    expect(boxes).to_have_count(4)
    expect(page.get_by_role("checkbox", checked=True)).to_have_count(0)
    page.route("**/clauses/acknowledgement", lambda route: route.abort())
    boxes.first.click()
    expect(boxes.first).not_to_be_checked()
    expect(page.get_by_role("alert").first).to_be_visible()
    page.unroute_all()
    with page.expect_response("**/clauses/acknowledgement"):
        boxes.nth(1).check()
    page.reload()
    expect(page.get_by_role("checkbox", checked=True)).to_have_count(1)
    expect(boxes.nth(1)).to_be_checked()
    for place in (0, 2, 3):
        boxes.nth(place).check()
    expect(page.get_by_role("checkbox", checked=True)).to_have_count(4)


def check_the_record(page: Page) -> None:
    """The true proof and paper are good; a byte changed on the way, or another paper's, is not."""
    sheet = page.get_by_role("dialog", name="验证存证")
    button(page, "验证").click()
    expect(sheet.get_by_role("status")).to_contain_text("这条记录在已签名的日志里")
    expect(sheet.locator(".timeline .done")).to_have_count(4)
    expect(sheet.get_by_text("和平台登记的已签合同一致")).to_be_visible()
    check_accessible(page, "verify")
    page.keyboard.press("Escape")

    def change(route: Route) -> None:
        proof = route.fetch().json()
        proof["commitment"] = f"{int(proof['commitment'], 16) ^ 1:064x}"
        route.fulfill(json=proof)

    def swap(route: Route) -> None:
        route.fulfill(body=route.fetch().body() + b" ")

    page.route("**/v1/evidence/proofs/**", change)
    page.route("**/v1/agreements/*/document", swap)
    button(page, "验证").click()
    expect(sheet.get_by_role("status")).to_contain_text("证明不成立")
    expect(sheet.locator(".timeline .failed")).to_contain_text("沿相邻指纹走到根")
    expect(sheet.locator(".timeline .later")).to_have_count(2)
    expect(sheet.get_by_text("和平台登记的已签合同不一致")).to_be_visible()
    check_accessible(page, "verify-bad")
    page.keyboard.press("Escape")
    page.unroute_all()


def test_a_visitor_borrows_signs_gets_the_money_and_pays_an_instalment(open_page) -> None:
    page = open_page(allowed=("ERR_FAILED",))  # one acknowledgement is kept from the server
    expect(page.locator(".price")).to_contain_text(
        re.compile(r"复利口径 \d+\.\d\d%，共还 ¥3\d,\d{3}\.\d\d")
    )
    check_accessible(page, "home")
    sign_in_as_demo_person(page)
    tell_who_and_what(page)
    kept = page.evaluate("JSON.stringify(localStorage)")
    assert RESERVED not in kept
    assert json.loads(json.loads(kept)["tongtu.draft"])["facts"]["income_minor"] == 1_350_000
    consent_and_submit(page)
    expect(page.get_by_role("heading", name="桥搭好了")).to_be_visible()
    check_accessible(page, "decision")

    button(page, r"看 \d 份报价").click()
    expect(page.get_by_role("heading", name=re.compile("总成本从低到高"))).to_be_visible()
    expect(page.get_by_text("只按总成本排序。资金方付给我们的服务费不影响顺序。")).to_be_visible()
    # A lender that decides by itself may come with less than was asked for: that stands behind.
    rows = [one for one in page.locator(".offer-row").all_inner_texts() if "只借" not in one]
    costs = [int(re.search(r"成本 ¥([\d,]+)\.", one)[1].replace(",", "")) for one in rows]
    assert costs == sorted(costs)
    assert len(costs) >= 2
    check_accessible(page, "offers")
    button(page, "选这份，查看成本表").click()
    read_costs_and_sign(page)

    expect(page.get_by_role("img", name="已签")).to_be_visible()
    expect(page.get_by_text("钱已到账").first).to_be_visible()
    expect(page.get_by_text(re.compile(r"记录第 \d+ 号"))).to_be_visible()
    check_accessible(page, "money")
    check_the_record(page)

    button(page, "完成，去看我的借款").click()
    expect(page.get_by_text("0 / 12 期")).to_be_visible()
    button(page, "现在还这一期").click()
    check_accessible(page, "pay")
    button(page, "还 ¥").click()
    expect(page.get_by_text("1 / 12 期")).to_be_visible()
    expect(page.get_by_text("已还", exact=True)).to_be_visible()
    check_accessible(page, "loan")


@pytest.mark.e2e
def test_english_dark_large_and_narrow_is_an_equal(open_page, person: Person) -> None:
    page = open_page(lang="en", dark=True, width=320, height=2_600)
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("See the whole cost"))
    button(page, "Large type").click()
    found = person.apply()["application"]
    page.evaluate("draft => localStorage.setItem('tongtu.draft', draft)", json.dumps(DRAFT))
    for path, heading in (
        ("/", "See the whole cost"),
        ("/apply/facts", "comes in"),
        ("/apply/consents", "Who may see"),
        ("/apply/confirm", "Look it over"),
        (f"/decision/{found}", "bridge is built"),
        (f"/a/{found}", "lowest total cost first"),
        ("/loans", "My loans"),
        ("/me", "Who sees"),
    ):
        person.enter(page, path)
        expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(heading))
        expect(page.locator("[aria-label=Loading], .skeleton")).to_have_count(0)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        small = page.evaluate(
            "() => [...document.querySelectorAll('body *')].filter(e => e.innerText && "
            "parseFloat(getComputedStyle(e).fontSize) < 12).map(e => e.outerHTML.slice(0, 80))"
        )
        assert small == [], path
        check_accessible(page, f"en-dark-large{path.replace('/', '-')[:14]}")
    assert page.evaluate("document.documentElement.lang") == "en"


@pytest.mark.e2e
def test_targets_are_large_enough_for_a_thumb(open_page, person: Person) -> None:
    page = open_page()
    found = person.apply()["application"]
    for path in ("/", f"/a/{found}", "/me"):
        person.enter(page, path)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        expect(page.locator(".skeleton")).to_have_count(0)
        small = page.evaluate(
            "() => [...document.querySelectorAll('button, a, input[type=range]')]"
            ".filter(e => e.checkVisibility() && !e.matches('.skip') && e.getBoundingClientRect().height < 44)"
            ".map(e => e.outerHTML.slice(0, 90))"
        )
        assert small == [], path


def test_a_decline_says_why_and_leads_on_to_a_person(open_page, person: Person) -> None:
    answer = person.apply(records=True, seniority_years=0, income_minor=200_000, job="other")
    assert answer["outcome"] == "declined"
    page = open_page()
    person.enter(page, f"/a/{answer['application']}")
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("没有合适的报价"))
    expect(page.get_by_text("没有查询央行征信，这个结果不影响你的信用记录。")).to_be_visible()
    reasons = page.locator(".reasons li").all_inner_texts()
    assert reasons == [one["text_zh"] for one in answer["reasons"]]
    check_accessible(page, "decline")
    button(page, "请人工复核").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("这一件要人来看")
    check_accessible(page, "review")


@pytest.mark.e2e
def test_the_reading_counts_what_is_seen_and_the_server_has_the_last_word(
    open_page, person: Person
) -> None:
    found = person.apply()["application"]
    person.post(f"/v1/applications/{found}/acceptance", {"offer": 1})
    page = open_page(allowed=("409",))
    page.clock.install()
    person.enter(page, f"/a/{found}")
    sheet = page.get_by_role("dialog")
    sheet.get_by_text("除上表所列项目外").scroll_into_view_if_needed()
    expect(button(page, "继续阅读，还有")).to_be_visible()

    page.keyboard.press("Escape")
    expect(page.get_by_role("heading", level=1)).to_have_text("成本表还没有确认")
    page.clock.run_for(60_000)
    button(page, "继续看成本表").click()
    expect(button(page, "继续阅读，还有")).to_be_visible()

    # The page's clock runs ahead of the server's: the server refuses, and the page reads on.
    page.clock.run_for(READING_S * 1_000)
    button(page, "我已读完，去签署").click()
    expect(page.get_by_text("服务器记录的阅读时间还差")).to_be_visible()
    expect(button(page, "继续阅读，还有")).to_have_attribute("aria-disabled", "true")
    steps = [
        one["step"]
        for one in person.http.get(
            f"/v1/applications/{found}", headers={"authorization": f"Bearer {person.token}"}
        ).json()["history"]
    ]
    assert "cost_confirmed" not in steps


def test_a_keyboard_alone_gets_from_the_price_to_the_offers(open_page) -> None:
    page = open_page()
    expect(page.locator(".price .money")).to_have_count(2)
    tab_to(page, "想借多少")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("PageUp")
    expect(page.locator("output.money")).to_have_text("¥41,000")
    for name in ("查看我能得到的报价", "用演示身份试一试", "填入 ", "登录，继续", "填入演示身份"):
        tab_to(page, name)
        page.keyboard.press("Enter")
    identity_is_filled_in(page)
    tab_to(page, "同意核验我的身份")
    page.keyboard.press("Space")
    for name in ("核验身份", "填入演示答案"):
        tab_to(page, name)
        page.keyboard.press("Enter")
    tab_to(page, "日常消费")
    page.keyboard.press("Space")
    tab_to(page, "下一步")
    page.keyboard.press("Enter")
    tab_to(page, "全选")
    page.keyboard.press("Enter")
    tab_to(page, "自动化评估我的申请")
    page.keyboard.press("Space")
    for name in ("同意这 8 家", "提交，看", "份报价"):
        tab_to(page, name)
        page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=re.compile("总成本从低到高"))).to_be_visible()


def tab_to(page: Page, name: str) -> None:
    """Press Tab until the control of this name has the focus."""
    expect(page.get_by_text(name).or_(page.get_by_label(name)).first).to_be_attached()
    for _ in range(80):
        page.keyboard.press("Tab")
        if name in page.evaluate(
            "() => { const e = document.activeElement; return e.getAttribute('aria-label') "
            "|| e.labels?.[0]?.innerText || e.innerText || '' }"
        ):
            return
    pytest.fail(f"no Tab leads to {name}")


@pytest.mark.e2e
def test_a_draft_outlives_the_page_and_the_shell_opens_without_a_network(open_page) -> None:
    page = open_page(allowed=("ERR_INTERNET_DISCONNECTED",))
    page.evaluate(
        "() => new Promise(done => navigator.serviceWorker.controller ? done()"
        " : navigator.serviceWorker.addEventListener('controllerchange', () => done()))"
    )
    page.reload()
    expect(page.locator(".price .money")).to_have_count(2)
    page.get_by_text("24 期").click()
    page.context.set_offline(True)
    page.reload()
    expect(page.get_by_text("没有网络。你的钱没有变化")).to_be_visible()
    page.context.set_offline(False)
    button(page, "再试一次").click()
    expect(page.get_by_role("radio", name="24 期")).to_be_checked()


@pytest.mark.e2e
def test_outside_the_demo_no_synthetic_identity_is_offered(open_page, tmp_path: Path) -> None:
    with serving(tmp_path, is_demo=False) as plain:
        page = open_page("/#/sign-in", url=plain.url, allowed=("404",))
        with page.expect_response(re.compile("/v1/demo/")) as probe:
            page.reload()
        assert probe.value.status == 404
        expect(button(page, "发验证码给我")).to_be_visible()
        expect(page.get_by_text("演示")).to_have_count(0)
        check_accessible(page, "sign-in-plain")


@pytest.mark.e2e
def test_the_demo_says_that_its_identities_are_synthetic(open_page, platform: Platform) -> None:
    page = open_page("/#/sign-in")
    expect(page.get_by_text("演示身份是合成的，不属于任何人。")).to_be_visible()
    assert platform.url in page.url


@pytest.mark.e2e
def test_a_cheaper_offer_that_comes_later_takes_the_top_unless_another_was_opened(
    open_page, person: Person
) -> None:
    page, found = open_page(), person.apply()["application"]
    has_come = False

    def shown(route: Route) -> None:
        told = route.fetch().json()
        first, *rest = told["offers"]
        waits = told | {"offers": rest, "pending": [{"lender": first["lender"]}]}
        route.fulfill(json=told if has_come else waits)

    page.route(f"**/v1/applications/{found}", shown)
    person.enter(page, f"/a/{found}")
    card = page.locator("article.offer")
    expect(page.get_by_text("总成本最低")).to_have_count(1)
    second = card.get_attribute("aria-label")
    has_come = True
    expect(card).not_to_have_attribute("aria-label", second)
    expect(card.get_by_text("总成本最低")).to_be_visible()

    has_come = False
    person.enter(page, f"/a/{found}")
    page.locator(".offer-row").first.click()
    opened = card.get_attribute("aria-label")
    has_come = True
    expect(page.locator(".offer-row").filter(has_text="总成本最低")).to_be_visible()
    expect(card).to_have_attribute("aria-label", opened)


@pytest.mark.e2e
def test_an_offer_whose_money_went_to_others_is_named_and_the_rest_can_be_chosen(
    open_page, person: Person
) -> None:
    page, found = open_page(allowed=("409",)), person.apply()["application"]
    refused: list[int] = []

    def refuse(route: Route) -> None:
        refused.append(route.request.post_data_json["offer"])
        route.fulfill(status=409, json={"code": "offer_gone", "detail": "gone", "fields": {}})

    def without(route: Route) -> None:
        shown = route.fetch().json()
        route.fulfill(json=shown | {"gone": refused})

    page.route("**/v1/applications/*/acceptance", refuse)
    page.route(f"**/v1/applications/{found}", without)
    person.enter(page, f"/a/{found}")
    card = page.locator("article.offer")
    expect(card.get_by_text(re.compile("额度为你留到|先到先得"))).to_be_visible()
    page.locator(".offer-row").nth(1).click()
    lost = card.get_attribute("aria-label")

    button(page, "选这份，查看成本表").click()

    expect(page.get_by_text(f"{lost}的额度刚借给了别人")).to_be_visible()
    expect(page.get_by_text("没有选定，也没有费用")).to_be_visible()
    expect(page.locator(".offer-row").filter(has_text=lost)).to_have_count(0)
    expect(card.get_by_text("总成本最低")).to_be_visible()
    check_accessible(page, "offer-gone")
    page.unroute_all()
    button(page, "选这份，查看成本表").click()
    expect(page.get_by_role("dialog", name="综合融资成本明示表")).to_be_visible()
    assert len(refused) == 1
