"""From a stated name to a verdict that decisions read: a licensed verifier's word, as it comes."""

import json
from datetime import timedelta

import pytest

APPLICATION = {
    "product": "home_improvement",
    "amount_minor": 6_000_000,
    "tenor_months": 24,
    "purpose": "home_improvement",
    "device": "device-1",
    "facts": {
        "income_minor": 3_000_000,
        "expenses_minor": 300_000,
        "assets_minor": 90_000_000,
        "debt_minor": 0,
        "price_minor": 20_000_000,
        "seniority_years": 8,
        "home": "owner",
        "job": "fixed",
        "records": False,
    },
}
NEEDED = "verification_needed"


def reasons(answer):
    return {one["code"] for one in answer.json()["reasons"]}


def test_a_register_that_confirms_three_elements_takes_a_case_to_a_verdict_decisions_read(
    person, authority, deciding, rows
):
    authority()
    who = person()
    before = who.post("/v1/applications", APPLICATION)
    case = who.open()

    assert who.end(case).json()["code"] == "not_enough"
    assert who.check(case).json()["done"][0]["is_done"] is True
    ended = who.end(case)

    assert (ended.json()["state"], ended.json()["level"]) == ("passed", 1)
    assert rows("select state, service from verification.question") == [("match", "three_elements")]
    assert rows(
        "select verified, verified_until - v.verified_at from risk.background"
        " join verification.standing v using (cell, party)"
    ) == [(1, rows("select interval '365 days'")[0][0])]
    (leaf,) = rows("select commitment from verification.element")
    kinds = rows("select kinds, hashes from evidence.batch where 'verification' = any(kinds)")
    assert kinds == [(["verification"], [leaf[0]])]
    after = who.post("/v1/applications", {**APPLICATION, "device": "device-2"})
    assert (NEEDED in reasons(before), before.json()["outcome"]) == (True, "review")
    assert NEEDED not in reasons(after)
    topics = "select payload from runtime.outbox where topic = 'verification.concluded'"
    assert [json.loads(one)["state"] for (one,) in rows(topics)] == ["passed"]


def test_beyond_the_cap_of_a_level_a_person_looks(person, authority, deciding):
    authority()
    who = person()
    case = who.open()
    who.check(case)
    who.end(case)

    at_cap = who.post("/v1/applications", {**APPLICATION, "amount_minor": 10_000_000})
    beyond = who.post(
        "/v1/applications", {**APPLICATION, "amount_minor": 10_000_100, "device": "device-3"}
    )

    assert [NEEDED in reasons(one) for one in (at_cap, beyond)] == [False, True]


@pytest.mark.parametrize(("is_certified", "level"), [(False, 1), (True, 3)])
def test_a_video_raises_the_level_only_where_the_verifier_is_certified(
    person, authority, rows, is_certified, level
):
    authority(is_certified=is_certified)
    who = person()
    case = who.open()
    who.check(case)
    who.check(case, "video")

    ended = who.end(case)

    assert (ended.json()["state"], ended.json()["level"]) == ("passed", level)
    assert rows("select level from verification.standing") == [(level,)]


def test_a_verdict_ends_after_its_year(person, authority, deciding, runtime):
    authority()
    who = person()
    case = who.open()
    who.check(case)
    who.end(case)
    runtime.clock.advance(timedelta(days=365))
    who.token = who.api.sign_in(who.phone)
    after = who.post("/v1/applications", APPLICATION)

    assert NEEDED in reasons(after)


@pytest.mark.parametrize(
    ("fault", "state"),
    [("malformed", "malformed"), ("forged", "malformed"), ("no-answer", "no_answer")],
)
def test_an_answer_that_cannot_be_believed_is_no_answer(person, authority, rows, fault, state):
    authority(f"--{fault}", "1", "--hold-seconds", "0")
    who = person()
    case = who.open()

    checked = who.check(case)

    assert checked.json()["done"][0]["is_done"] is False
    assert who.end(case).json()["code"] == "not_enough"
    assert rows("select state from verification.question") == [(state,)]
    assert rows("select count(*) from verification.standing") == [(0,)]


def test_what_a_register_denies_waits_for_a_person_and_nobody_is_told_why(person, authority, rows):
    authority("--mismatch", "1")
    who = person()
    case = who.open()

    checked, ended = who.check(case), who.end(case)

    assert checked.json()["done"][0]["is_done"] is True
    assert (ended.json()["state"], ended.json()["level"]) == ("review", 0)
    assert "authority_no" not in ended.text and "mismatch" not in ended.text
    assert rows("select reasons from verification.identity_case") == [
        (["authority_no", "AML-01", "AML-01.anomaly"],)
    ]
    assert rows("select count(*) from verification.standing") == [(0,)]
    assert rows("select verified from risk.background") == [(0,)]


def test_without_consent_nobody_is_asked(person, authority, rows):
    authority()
    who = person(consents=())
    case = who.open()

    refused = who.check(case)

    assert (refused.status_code, refused.json()["code"]) == (422, "consent_missing")
    assert rows("select count(*) from verification.question") == [(0,)]
    assert rows("select count(*) from verification.element") == [(0,)]


def test_the_seventh_question_of_a_case_is_not_put(person, authority, rows):
    authority("--no-answer", "1", "--hold-seconds", "0")
    who = person()
    case = who.open()

    answers = [who.check(case) for _ in range(7)]

    assert [one.status_code for one in answers] == [200] * 6 + [409]
    assert answers[-1].json()["code"] == "too_many_tries"
    assert rows("select count(*) from verification.question") == [(6,)]


def test_nobody_goes_on_with_somebody_elses_case(person, authority, rows):
    authority()
    mine, other = person(), person()
    case = mine.open()

    answers = [other.see(case), other.check(case), other.end(case)]

    assert [one.status_code for one in answers] == [404] * 3
    assert rows("select count(*) from verification.element") == [(0,)]


@pytest.mark.parametrize(
    ("service", "card"),
    [
        ("four_elements", None),
        ("three_elements", "6222021234567894"),
        ("video", "6222021234567894"),
    ],
)
def test_four_elements_are_asked_with_a_card_and_no_others_are(
    person, authority, rows, service, card
):
    authority()
    who = person()
    case = who.open()

    refused = who.check(case, service, card_number=card)

    assert (refused.status_code, refused.json()["code"]) == (422, "bad_card")
    assert rows("select count(*) from verification.question") == [(0,)]
    assert rows("select count(*) from verification.element") == [(0,)]


def test_a_card_number_that_cannot_be_is_refused_and_said_nowhere(person, authority, rows):
    authority()
    who = person()
    case = who.open()

    refused = who.check(case, "four_elements", card_number="6222 0212 3456 7891")

    assert (refused.status_code, refused.json()["code"]) == (422, "bad_card")
    assert "6222" not in refused.text
    assert rows("select count(*) from verification.question") == [(0,)]


def test_no_personal_data_stands_in_what_verification_keeps(person, authority, rows):
    authority()
    who = person(name="金丝雀")
    case = who.open()
    who.check(case, "four_elements", card_number="6222021234567894")
    who.end(case)

    for table in ("identity_case", "element", "question", "standing"):
        for (row,) in rows(f"select t::text from verification.{table} t"):
            assert not any(one in row for one in ("金丝雀", "6222021234567894", who.phone))
    for (answer,) in rows("select convert_from(answer, 'UTF8') from runtime.command"):
        assert "6222021234567894" not in answer
