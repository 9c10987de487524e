"""What a declined person is written, in each country's words and by its clock."""

import json
from datetime import date, timedelta

import pytest

from tongtu.contracts.press import LETTER, print_page
from tongtu.journey.api import Refusal, write_letters
from tongtu.kernel.errors import Broken
from tongtu.policy.api import Pack

DAY = date(2026, 11, 24)
REFUSAL = Refusal(
    DAY,
    {"zh": ("云秀银行", "小满小贷"), "en": ("Yunxiu Bank", "Xiaoman")},
    {"zh": ("月供占收入过高", "工作年限短"), "en": ("debt service too high", "short employment")},
)


def test_in_china_the_reasons_and_the_right_to_a_person_stand_in_both_languages_at_once():
    letters = write_letters(Pack.load("cn/2026.08"), REFUSAL, DAY)

    assert [(one.letter, one.language, one.due_on) for one in letters] == [
        ("refusal", "zh", DAY), ("refusal", "en", DAY),
    ]  # fmt: skip
    assert letters[0].text == (
        "您的申请未获以下机构通过：云秀银行；小满小贷。主要理由：月供占收入过高；工作年限短。"
        "您可以要求人工复核，我们在3个工作日内答复。"
    )
    assert "Main reasons: debt service too high; short employment." in letters[1].text


def test_in_the_united_states_one_notice_names_every_creditor_and_the_principal_reasons():
    [letter] = write_letters(Pack.load("us/2026.01"), REFUSAL, DAY)

    assert (letter.letter, letter.language) == ("adverse_action", "en")
    assert letter.due_on == DAY + timedelta(days=30)
    assert "on behalf of: Yunxiu Bank; Xiaoman." in letter.text
    assert "Principal reasons: debt service too high; short employment." in letter.text
    assert "federal Equal Credit Opportunity Act prohibits creditors" in letter.text


def test_in_the_union_a_refusal_is_told_at_once_with_the_database_and_a_person():
    [letter] = write_letters(Pack.load("eu/2026.11"), REFUSAL, DAY)

    assert (letter.letter, letter.due_on) == ("refusal", DAY)
    assert "Databases consulted: none was consulted." in letter.text
    assert "a review by a person, and contest it" in letter.text


def test_a_letter_without_a_reason_is_never_written():
    silent = Refusal(DAY, REFUSAL.senders, {"zh": (), "en": ()})

    with pytest.raises(Broken, match="lacks reasons") as fault:
        write_letters(Pack.load("cn/2026.08"), silent, DAY)

    assert fault.value.code == "letter_incomplete"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_letter_prints_the_same_bytes_each_time(language):
    texts = [
        one.text for one in write_letters(Pack.load("cn/2026.08"), REFUSAL, DAY)
        if one.language == language
    ]  # fmt: skip
    data = json.dumps(
        {"title": "t", "platform": "p", "number": "ap_1", "business_date": "2026-11-24",
         "texts": texts}
    )  # fmt: skip

    page = print_page(data, language, LETTER)

    assert page.startswith(b"%PDF-")
    assert page == print_page(data, language, LETTER)
