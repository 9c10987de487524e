"""Remote lenders in the book, and what their answers may say."""

import json

import pytest

from tongtu.funding.model import BadBook, CreditRoute
from tongtu.funding.rules.lenders import read_remotes
from tongtu.funding.rules.remote import ANSWER_BYTES_MAX, BadAnswer, read_answer

REQUEST = "rq_0000000000001"
YES = {"request": REQUEST, "decision": "approve", "policy": "a" * 64, "rate_bps": 960}
NO = {"request": REQUEST, "decision": "decline", "policy": "a" * 64, "reason": "income_too_low"}


def test_a_remote_lender_is_known_by_its_terms_and_is_not_asked_by_the_lane(book):
    [remote] = book.remotes
    assert (remote.lender.id, remote.credit_route) == ("beidu", CreditRoute.LICENSED_BUREAU)
    assert remote.lender not in book.lenders
    assert 3001 not in {program.id for program in book.programs()}
    assert book.program(3001).lender == book.find_lender("beidu").number == 30
    assert book.remote(30) is remote and book.remote(1) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"number": 1}, {"id": "yunxiu"}, {"number": 41}, {"answer_within_s": 0},
        {"answer_within_s": 601}, {"credit_route": "by_mail"}, {"kind": "shop"},
    ],
)  # fmt: skip
def test_a_remote_lender_that_could_not_be_told_from_another_is_refused(book, changes):
    words = {
        "number": 9, "id": "qinghe", "zh": "清河", "en": "Qinghe", "kind": "bank",
        "listed_from": book.lenders[0].listed_from, "listed_to": book.lenders[0].listed_to,
        "funds_minor": 1, "answer_within_s": 60, "credit_route": "licensed_bureau",
        "program": [{
            "id": 901, "code": "q", "zh": "清", "en": "Q", "products": ["consumer_cash"],
            "amount_min_minor": 1, "tenor_min_months": 6, "tenor_max_months": 12,
            "day_limit_minor": 1,
        }],
    }  # fmt: skip
    assert len(read_remotes({"remote_lender": [words]}, book.lenders)) == 1
    with pytest.raises(BadBook):
        read_remotes({"remote_lender": [words | changes]}, book.lenders)


@pytest.mark.parametrize("said", [YES, YES | {"amount_minor": 999}, NO])
def test_a_whole_answer_is_read(said):
    assert read_answer(json.dumps(said).encode(), REQUEST, 1_000).decision == said["decision"]


@pytest.mark.parametrize(
    "said",
    [
        YES | {"request": "rq_0000000000002"}, YES | {"rate_bps": None}, YES | {"rate_bps": 0},
        YES | {"rate_bps": 10_001}, YES | {"amount_minor": 1_001}, YES | {"reason": "why"},
        YES | {"policy": "a"}, YES | {"more": 1}, NO | {"rate_bps": 1}, NO | {"reason": ""},
        NO | {"amount_minor": 1}, YES | {"decision": "perhaps"}, YES | {"rate_bps": 9.6},
        YES | {"fee_monthly_minor": -1},
    ],
)  # fmt: skip
def test_an_answer_that_says_what_cannot_be_is_none(said):
    with pytest.raises(BadAnswer):
        read_answer(json.dumps(said).encode(), REQUEST, 1_000)


def test_what_is_no_json_or_too_large_is_no_answer():
    for body in (b"", b"{", b"[]", b"\xff", json.dumps(YES).encode() + b" " * ANSWER_BYTES_MAX):
        with pytest.raises(BadAnswer):
            read_answer(body, REQUEST, 1_000)
