"""The console in a real browser against the real platform: the frame, decisions, the live page."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import msgspec
import pytest
from playwright.sync_api import Page, expect
from tests.e2e.conftest import WAIT_MS, Person, Platform, check_accessible

pytestmark = pytest.mark.browser
WIDE = {"width": 1440, "height": 900}
expect.set_options(timeout=WAIT_MS)


def enter(page: Page, token: str) -> None:
    """Be signed in as whoever the token speaks for."""
    page.add_init_script(f"sessionStorage.setItem('tongtu.console', '{token}')")
    page.reload()


def figure(page: Page, name: str) -> str:
    return page.locator(".kpis > div", has_text=name).locator("b").inner_text()


def pages_of(page: Page) -> set[str]:
    return set(page.locator("nav .group a span").all_inner_texts())


@pytest.mark.e2e
def test_one_enters_the_demo_by_role_and_finds_what_this_role_may_do_and_nothing_else(
    open_page, platform: Platform
) -> None:
    page = open_page("/console", **WIDE)
    page.get_by_role("button", name="风险分析").wait_for()
    check_accessible(page, "console-sign-in")
    page.get_by_role("button", name="风险分析").click()
    expect(page.get_by_role("link", name="账本")).to_be_visible()
    assert pages_of(page) >= {"复核", "申请与决策", "规则表", "评分与模型", "账本", "实时看板"}
    assert "日终" not in pages_of(page)
    page.goto(page.url.split("#")[0] + "#/day-end")
    expect(page.get_by_role("heading", name="没有这一页")).to_be_attached()

    page.keyboard.press("Control+K")
    page.get_by_role("combobox").fill("规则")
    check_accessible(page, "console-palette")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("规则表"))
    page.locator("summary", has_text="风险分析").click()
    page.get_by_role("button", name="退出").click()
    expect(page.get_by_role("heading", name="登录控制台")).to_be_visible()
    assert page.evaluate("sessionStorage.getItem('tongtu.console')") is None


@pytest.mark.e2e
def test_a_decision_is_found_replayed_and_its_evidence_checked_in_this_browser(
    open_page, platform: Platform, person: Person, tmp_path: Path
) -> None:
    declined = person.apply(records=True, seniority_years=1)
    page = open_page("/console#/decisions?outcome=declined", **WIDE)
    enter(page, platform.tokens["analyst"])
    link = page.get_by_role("link", name=declined["decision"])
    expect(link).to_be_visible()
    expect(page.get_by_role("cell", name="有报价")).to_have_count(0)
    check_accessible(page, "console-decisions")
    with page.expect_download() as download:
        page.get_by_role("button", name="导出").click()
    download.value.save_as(tmp_path / "list.csv")
    assert declined["decision"] in (tmp_path / "list.csv").read_text(encoding="utf-8-sig")

    link.focus()
    page.keyboard.press("Enter")
    for reason in declined["reasons"]:
        expect(page.get_by_text(reason["text_zh"]).first).to_be_visible()
    page.get_by_role("button", name="重放决策").click()
    expect(page.get_by_text(re.compile("逐字节相同"))).to_be_visible()
    page.get_by_role("button", name="核对存证").click()
    expect(page.get_by_text(re.compile("记录确在"))).to_be_visible()
    check_accessible(page, "console-decision")


@pytest.mark.e2e
def test_a_person_decides_at_the_desk_and_a_second_allows_what_the_first_proposed(
    open_page, platform: Platform, person: Person
) -> None:
    asked = person.apply(records=True, seniority_years=1)
    person.post(f"/v1/applications/{asked['application']}/review", None)
    page = open_page("/console#/desk?queue=asked", **WIDE)
    enter(page, platform.tokens["operator"])
    page.get_by_role("button", name=re.compile("还有|今天")).first.wait_for()
    page.get_by_placeholder("在这张表里找").fill(asked["application"])
    page.get_by_role("button", name=re.compile("还有|今天")).first.click()
    page.get_by_role("button", name="不提供", exact=True).click()
    page.locator("fieldset input").first.check()
    check_accessible(page, "console-desk")
    page.get_by_role("button", name="按这些原因告知不提供").click()
    expect(page.get_by_text(re.compile("已决定"))).to_be_visible()

    headers = {"authorization": f"Bearer {platform.tokens['operator']}"}
    accounts = httpx.get(f"{platform.url}/v1/ledger/accounts?kind=lender_funds", headers=headers)
    account = accounts.json()["items"][0]["account"]
    page.goto(f"{platform.url}/console#/ledger/{account}")
    page.get_by_label("最低（元）").fill("0")
    page.get_by_label("最高（元）").fill("9000000000")
    page.get_by_label("为什么改").fill("a ceiling for the year")
    check_accessible(page, "console-account")
    page.get_by_role("button", name="提交，等第二个人").click()
    page.get_by_role("link", name="看等第二个人的事").click()
    expect(page.get_by_text("这是你提的，要等另一个人。")).to_be_visible()
    proposal = page.url

    second = open_page("/console", **WIDE)
    enter(second, platform.tokens["operator_2"])
    second.goto(proposal)
    expect(second.get_by_text("9,000,000,000.00")).to_be_visible()
    check_accessible(second, "console-approval")
    second.get_by_role("button", name="同意，让它生效").click()
    expect(second.get_by_text("已同意，已经生效。")).to_be_visible()
    limits = httpx.get(f"{platform.url}/v1/ledger/accounts/{account}/limits", headers=headers)
    assert limits.json()["items"][0]["ceiling_minor"] == 900_000_000_000


def edit(page: Page, cell: str, value: str) -> None:
    page.get_by_role("button", name=re.compile(f"^{cell}: ")).click()
    page.get_by_role("textbox", name=cell).fill(value)
    page.keyboard.press("Enter")


def test_rules_change_by_golden_cases_a_back_test_and_a_second_person(
    open_page, platform: Platform, person: Person
) -> None:
    person.apply()
    page = open_page("/console#/rules", allowed=("422",), **WIDE)
    enter(page, platform.tokens["analyst"])
    edit(page, "RULE-01 的 工龄", "< 1")
    expect(page.get_by_text("改了 1 格")).to_be_visible()
    page.get_by_label("为什么改").fill("fewer years in the job are enough")
    page.get_by_role("button", name="存为草稿").click()
    expect(page.get_by_text("必过案例没有全过")).to_be_visible()
    expect(page.get_by_text(re.compile("records and under two years"))).to_be_visible()
    headers = {"authorization": f"Bearer {platform.tokens['analyst']}"}
    assert httpx.get(f"{platform.url}/v1/rules", headers=headers).json()["items"] == []

    page.get_by_role("button", name="全部还原").click()
    edit(page, "RULE-06 的 期限", ">= 47")
    page.get_by_role("button", name="存为草稿").click()
    expect(page.get_by_role("button", name="提交第二人审批")).to_be_disabled()
    page.get_by_role("button", name="回测", exact=True).click()
    expect(page.get_by_text("没有一份申请会得到不同的结果。")).to_be_visible()
    check_accessible(page, "console-rules")
    page.get_by_role("button", name="提交第二人审批").click()
    page.get_by_role("link", name="看等第二个人的事").click()
    expect(page.get_by_text("这是你提的，要等另一个人。")).to_be_visible()

    second = open_page("/console", **WIDE)
    enter(second, platform.tokens["operator"])
    second.goto(page.url)
    second.get_by_role("button", name="同意，让它生效").click()
    expect(second.get_by_text("已同意，已经生效。")).to_be_visible()
    (kept,) = httpx.get(f"{platform.url}/v1/rules", headers=headers).json()["items"]
    force = httpx.get(f"{platform.url}/v1/rule-files", headers=headers).json()
    assert (kept["status"], force["hash"]) == ("published", kept["hash"])
    assert '">= 47"' in force["files"]["application_rules.json"]


def test_a_regulator_checks_an_entry_and_sees_a_proof_that_was_tampered_with(
    open_page, platform: Platform, person: Person, tmp_path: Path
) -> None:
    decided = person.apply()["decision"]
    page = open_page("/console#/evidence", **WIDE)
    enter(page, platform.tokens["regulator"])
    page.get_by_label("编号").fill(decided)
    page.get_by_role("button", name="取证明并核对").click()
    expect(page.get_by_text(re.compile("记录确在"))).to_be_visible()
    headers = {"authorization": f"Bearer {platform.tokens['regulator']}"}
    proof = httpx.get(f"{platform.url}/v1/evidence/proofs/decision/{decided}", headers=headers)
    changed = proof.json() | {"position": proof.json()["position"] ^ 1}
    (tmp_path / "proof.json").write_bytes(msgspec.json.encode(changed))
    page.get_by_label("选一份证明文件").set_input_files(tmp_path / "proof.json")
    expect(page.get_by_text("和存证不一致")).to_be_visible()
    check_accessible(page, "console-evidence")


@pytest.mark.e2e
def test_the_live_page_shows_the_platforms_own_figures_as_they_change(
    open_page, platform: Platform, person: Person
) -> None:
    page = open_page("/console#/live", **WIDE)
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


@pytest.mark.e2e
def test_every_page_of_an_operator_is_an_equal_in_english_and_dark(
    open_page, platform: Platform
) -> None:
    page = open_page("/console/style", lang="en", dark=True, **WIDE)
    enter(page, platform.tokens["operator"])
    expect(page.get_by_role("heading", name="Numbers and dates")).to_be_visible()
    check_accessible(page, "console-style-en-dark")
    addresses = [link.get_attribute("href") or "" for link in page.locator("nav .group a").all()]
    assert len(addresses) >= 8
    for address in addresses:
        page.goto(platform.url + address)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        expect(page.locator(".skeletons, .skeleton")).to_have_count(0)
        check_accessible(page, f"console-{address.rsplit('/', 1)[-1]}-en-dark")
        assert re.search("[\u4e00-\u9fff]", page.locator("h1").inner_text()) is None
    page.locator("summary", has_text="Operator").click()
    page.get_by_role("button", name="Light").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "light")


def test_without_its_stream_the_page_asks_and_comes_back_to_the_stream(
    open_page, platform: Platform
) -> None:
    page = open_page("/console#/live", allowed=("net::ERR_FAILED",), **WIDE)
    page.route("**/v1/insight/stream", lambda route: route.abort())
    enter(page, platform.tokens["operator"])
    expect(page.get_by_text("每 2 秒询问")).to_be_visible()
    page.unroute("**/v1/insight/stream")
    expect(page.get_by_text("实时", exact=True)).to_be_visible()


@pytest.mark.e2e
def test_a_token_that_has_ended_is_told_so_and_is_let_go(open_page, platform: Platform) -> None:
    page = open_page("/console", allowed=("401",), **WIDE)
    page.evaluate("sessionStorage.setItem('tongtu.console', 'no-such-token')")
    page.reload()
    expect(page.get_by_text("登录已失效，请重新登录。")).to_be_visible()
    assert page.evaluate("sessionStorage.getItem('tongtu.console')") is None
