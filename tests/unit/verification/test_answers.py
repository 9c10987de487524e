from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from tongtu.simulators.verifier.register import Register
from tongtu.verification.api import Found
from tongtu.verification.rules.answer import BadAnswer, digest_of, read_answer

AT = datetime(2026, 11, 24, 9, tzinfo=UTC)
ASKED = {"name": "王小明", "resident_id": "1", "phone": "2"}


def said(**changes):
    told = {
        "question": "7",
        "elements": digest_of(ASKED),
        "result": "match",
        "made_at": AT.isoformat(),
    }
    return msgspec.json.encode({**told, **changes})


@pytest.mark.parametrize(
    ("result", "found"),
    [("match", Found.YES), ("mismatch", Found.NO), ("not_found", Found.PERSON)],
)
def test_an_answer_to_this_question_counts(result, found):
    assert read_answer(said(result=result), 7, ASKED, AT) == (result, found)


@pytest.mark.parametrize(
    "body",
    [
        said(question="8"),
        said(elements=digest_of({**ASKED, "name": "王大明"})),
        said(result="yes"),
        said(made_at=(AT - timedelta(minutes=11)).isoformat()),
        said(made_at=(AT + timedelta(minutes=11)).isoformat()),
        said(made_at="2026-11-24T09:00:00"),
        said(score=1),
        said()[:-5],
        b"\xff",
        b" " * 20_000,
    ],
)
def test_an_answer_to_another_question_of_another_time_or_form_does_not(body):
    with pytest.raises(BadAnswer):
        read_answer(body, 7, ASKED, AT)


def test_values_that_run_into_one_another_are_other_elements():
    assert digest_of({"a": "1\nb:1:2", "b": ""}) != digest_of({"a": "1", "b": "2"})


def test_the_simulated_register_holds_a_person_to_what_it_learnt():
    register = Register(1, {})

    answers = [
        register.check(one)
        for one in (
            ASKED,
            ASKED,
            {**ASKED, "phone": "3"},
            {**ASKED, "bank_card": "4"},
            {**ASKED, "bank_card": "5"},
        )
    ]

    assert answers == ["match", "match", "mismatch", "match", "mismatch"]
