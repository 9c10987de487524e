"""The borrower's own page: who sees what, by a switch; exported, put right, erased."""

from __future__ import annotations

import io
import json
import zipfile

import pytest
from playwright.sync_api import expect
from tests.e2e.conftest import Person, check_accessible

pytestmark = [pytest.mark.browser, pytest.mark.e2e]


def test_a_person_takes_a_consent_back_and_gives_it_again_by_one_switch(
    open_page, person: Person
) -> None:
    person.apply()
    page = open_page()
    person.enter(page, "/me")
    decided = page.get_by_role("switch", name="自动化决策")
    expect(decided).to_have_attribute("aria-checked", "true")
    check_accessible(page, "privacy")

    decided.click()
    expect(page.get_by_text("可要求人工复核，平台在3个工作日内答复")).to_be_visible()
    page.get_by_role("button", name="收回", exact=True).click()
    expect(decided).to_have_attribute("aria-checked", "false")
    scopes = {one["scope"] for one in person.get("/v1/me")["consents"]}
    assert "automated_decision" not in scopes

    decided.click()
    page.get_by_role("button", name="同意", exact=True).click()
    expect(decided).to_have_attribute("aria-checked", "true")

    last = person.get("/v1/me/consents")["items"][0]
    assert (last["scope"], last["withdrawn_at"], last["language"]) == (
        "automated_decision",
        None,
        "zh",
    )
    assert "人工复核" in last["text"]


def test_a_person_takes_everything_home_and_then_erases_it(open_page, person: Person) -> None:
    person.apply()
    page = open_page()
    person.enter(page, "/me")

    with page.expect_download() as begun:
        page.get_by_role("button", name="导出全部").click()
    archive = zipfile.ZipFile(io.BytesIO(begun.value.path().read_bytes()))
    told = json.loads(archive.read("data.json"))
    assert {"identity.vault", "identity.consent", "origination.decision"} <= {
        one["table"] for one in told["holdings"]
    }
    page.get_by_text("平台保存了你的什么").click()
    expect(page.get_by_text("决策记录为可核查与可申诉而保存十年").first).to_be_visible()

    page.get_by_role("button", name="删除我的信息").click()
    sheet = page.get_by_role("dialog")
    expect(sheet.get_by_text("姓名、手机号、证件号")).to_be_visible()
    check_accessible(page, "erase")
    sheet.get_by_role("button", name="删除我的信息").click()
    expect(sheet.get_by_role("heading", name="已删除")).to_be_visible()
    sheet.get_by_role("button", name="关闭").click()
    expect(page.get_by_role("button", name="查看我能得到的报价")).to_be_visible()


def test_the_page_reads_in_english_too(open_page, person: Person) -> None:
    person.apply()
    page = open_page()
    person.enter(page, "/me")
    page.get_by_role("button", name="切换到英文").or_(page.locator("button[lang=en]")).first.click()

    expect(page.get_by_role("button", name="Erase my data")).to_be_visible()
    expect(page.get_by_role("switch", name="Decision by machine")).to_be_visible()
    page.get_by_text("What is held of you").click()
    expect(
        page.get_by_text("Identity data is kept").or_(page.get_by_text("Erased at once")).first
    ).to_be_visible()
