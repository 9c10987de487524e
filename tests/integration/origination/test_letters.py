"""The letter of a declined application gives the stored reasons, and that it was given is logged."""

import hashlib
import json
from types import SimpleNamespace

import pytest

from tongtu.journey.api import give_letters
from tongtu.kernel.errors import Conflict, NotFound

LOG = "select letter, language, pack_hash, sha256, due_on from notice.letter order by language"


@pytest.fixture
def office(house):
    engine = house.decisions.engine
    return SimpleNamespace(runtime=house.runtime, pack=engine.pack, book=engine.book)


def applied(house, caller, **changes):
    answer = json.loads(house.apply(caller, **changes).body)
    return answer, house.runtime.public.read("application", answer["application"])


def test_a_declined_person_reads_the_reasons_of_the_decision_and_each_reading_is_one_row(
    house, office
):
    caller = house.borrower()
    answer, application = applied(house, caller, purpose="stocks")

    letters = house.run(give_letters(office, caller, application))
    again = house.run(give_letters(office, caller, application))

    assert letters == again
    assert [one.language for one in letters] == ["zh", "en"]
    assert answer["reasons"][0]["text_zh"] in letters[0].text
    assert answer["reasons"][0]["text_en"] in letters[1].text
    rows = house.rows(LOG)
    assert [(row[0], row[1], row[2]) for row in rows] == [
        ("refusal", "en", office.pack.hash), ("refusal", "zh", office.pack.hash),
    ]  # fmt: skip
    assert rows[1][3] == hashlib.sha256(letters[0].text.encode()).digest()


def test_nobody_reads_anothers_letter_and_nothing_is_logged(house, office):
    _, application = applied(house, house.borrower(), purpose="stocks")

    with pytest.raises(NotFound):
        house.run(give_letters(office, house.borrower(), application))

    assert house.rows(LOG) == []


def test_who_got_offers_is_owed_no_letter(house, office):
    caller = house.borrower()
    answer, application = applied(house, caller)
    assert answer["outcome"] == "offers"

    with pytest.raises(Conflict) as fault:
        house.run(give_letters(office, caller, application))

    assert fault.value.code == "not_declined"
    assert house.rows(LOG) == []
