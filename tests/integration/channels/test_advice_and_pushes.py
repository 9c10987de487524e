"""What suits a person, "no loan" included, and pushes that only who chose them gets."""

import pytest

from .conftest import new_key

STATED = {
    "purpose": "goods", "amount_minor": 3_000_000, "income_minor": 1_000_000,
    "expenses_minor": 300_000, "debt_minor": 0, "is_student": False,
}  # fmt: skip
ON = {"is_on": True, "is_student": False, "is_plain": False}
SENT = "select count(*) from notice.push"


@pytest.fixture
def person(api):
    """Somebody identified who agreed to be judged by a machine and to marketing."""
    made = api.post("/v1/demo/persons").json()
    token = api.sign_in(made["phone"])
    shown = {"name": made["name"], "resident_id": made["resident_id"]}
    api.send("PUT", "/v1/me/identity", token=token, body=shown, key=new_key())
    version = api.get("/v1/consent-texts").json()["version"]
    scopes = ("identity_check", "automated_decision", "marketing")
    body = {"grants": [{"scope": scope} for scope in scopes], "version": version}
    granted = api.post("/v1/me/consents", body, token=token)
    assert granted.status_code == 200, granted.text
    consents = {one["scope"]: one["id"] for one in granted.json()["consents"]}
    return made | {"token": token, "consents": consents}


@pytest.fixture
def goods(parts):
    merchant = next(iter(parts.merchants.all()))
    return {"merchant": merchant.id, "item": "一台相机 X100", "price_minor": 600_000}


def codes(answer):
    return [one["code"] for one in answer.json()["reasons"]]


def test_everybody_is_recommended_the_same_without_anything_personal(api):
    body = {"purpose": "goods", "amount_minor": 3_000_000}

    answers = [api.post("/v1/recommendations", body) for _ in range(2)]

    assert answers[0].json() == answers[1].json()
    assert answers[0].json()["is_personal"] is False
    assert answers[0].json()["affordable_minor"] is None
    assert codes(answers[0]) == ["plain"]
    personal = api.post("/v1/recommendations", body | {"income_minor": 1})
    assert personal.status_code == 422
    assert codes(api.post("/v1/recommendations", body | {"purpose": "yacht"})) == [
        "no_loan_nothing_fits"
    ]


def test_what_can_be_paid_comes_first_and_no_loan_is_an_answer(api, person):
    def ask(**changes):
        return api.post("/v1/me/recommendations", STATED | changes, token=person["token"])

    fits = ask().json()

    assert fits["is_personal"] is True
    # 35 % of what is left each month: of 7,000 yuan 2,450.
    assert fits["affordable_minor"] == 245_000
    assert fits["product"] is not None
    assert fits["instalment_minor"] <= 245_000
    # Nothing was repaid here yet: small and short first.
    assert (fits["amount_minor"] <= 1_000_000, fits["tenor_months"] <= 12) == (True, True)
    assert codes(ask()) == ["fits_income", "small_first"]
    assert codes(ask(expenses_minor=1_000_000)) == ["no_loan_unaffordable"]
    assert ask(expenses_minor=1_000_000).json()["product"] is None
    assert codes(ask(income_minor=None)) == ["no_loan_unknown_income"]
    assert codes(ask(is_student=True)) == ["no_loan_student"]
    assert ask(debt_minor=9_000_000).json()["affordable_minor"] == 150_000


def test_a_student_by_their_own_choice_of_pushes_is_recommended_nothing(api, person):
    token = person["token"]
    api.send("PUT", "/v1/me/pushes", token=token, body=ON | {"is_student": True}, key=new_key())

    assert codes(api.post("/v1/me/recommendations", STATED, token=token)) == ["no_loan_student"]


def test_who_did_not_agree_to_be_judged_by_a_machine_gets_no_personal_advice(api, person):
    token = person["token"]
    path = f"/v1/me/consents/{person['consents']['automated_decision']}"
    api.send("DELETE", path, token=token, key=new_key())

    refused = api.post("/v1/me/recommendations", STATED, token=token)

    assert (refused.status_code, refused.json()["code"]) == (422, "consent_missing")


def test_a_push_is_sent_to_who_chose_it_once_and_stands_beside_its_consent(api, person, goods):
    token = person["token"]
    assert api.get("/v1/me/pushes", token).json() == {"choice": None, "items": [], "next": None}
    refused = api.post("/v1/me/pushes", goods, token=token)
    assert (refused.status_code, refused.json()["code"]) == (422, "push_not_allowed")
    api.send("PUT", "/v1/me/pushes", token=token, body=ON, key=new_key())
    key = new_key()

    sent = api.post("/v1/me/pushes", goods, token=token, key=key)
    again = api.post("/v1/me/pushes", goods, token=token, key=key)
    second = api.post("/v1/me/pushes", goods, token=token)

    assert (sent.status_code, sent.json()) == (201, {"is_sent": True})
    assert again.json() == sent.json()
    # So many a day: the second is refused, and leaves nothing.
    assert (second.status_code, second.json()["code"]) == (422, "push_not_allowed")
    told = api.get("/v1/me/pushes", token).json()
    (push,) = told["items"]
    assert push["consent"] == person["consents"]["marketing"]
    assert goods["merchant"] in push["reason"]
    inbox = api.get(f"/v1/demo/inbox?phone={person['phone']}").json()["messages"]
    assert goods["item"] in inbox[0]["text"]


def test_off_works_at_once_and_a_withdrawn_consent_too(api, person, goods):
    token = person["token"]
    api.send("PUT", "/v1/me/pushes", token=token, body=ON, key=new_key())
    api.send("PUT", "/v1/me/pushes", token=token, body=ON | {"is_on": False}, key=new_key())
    off = api.post("/v1/me/pushes", goods, token=token)
    api.send("PUT", "/v1/me/pushes", token=token, body=ON, key=new_key())
    path = f"/v1/me/consents/{person['consents']['marketing']}"
    api.send("DELETE", path, token=token, key=new_key())

    withdrawn = api.post("/v1/me/pushes", goods, token=token)

    assert [one.json()["code"] for one in (off, withdrawn)] == ["push_not_allowed"] * 2
    assert api.get("/v1/me/pushes", token).json()["items"] == []


@pytest.mark.parametrize("item", ["http://x.cn", "打 13800138000 马上", "a" * 41, "", "1.5"])
def test_a_page_cannot_write_the_message(api, person, goods, item):
    token = person["token"]
    api.send("PUT", "/v1/me/pushes", token=token, body=ON, key=new_key())

    refused = api.post("/v1/me/pushes", goods | {"item": item}, token=token)

    assert refused.status_code == 422
    assert api.get("/v1/me/pushes", token).json()["items"] == []
