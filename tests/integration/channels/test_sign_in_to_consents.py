"""A visitor signs in, shows who they are, consents, withdraws, signs out: over HTTP."""

import pytest

from .conftest import new_key

IDENTITY = {"scope": "identity_check"}
SHARE = {"scope": "share_lender", "recipient": "yunxiu"}


@pytest.fixture
def person(api):
    made = api.post("/v1/demo/persons").json()
    return made | {"token": api.sign_in(made["phone"])}


def test_a_new_person_is_known_by_masks_only(api, person):
    shown = {"name": person["name"], "resident_id": person["resident_id"]}
    key = new_key()

    before = api.get("/v1/me", person["token"]).json()
    after = api.send("PUT", "/v1/me/identity", token=person["token"], body=shown, key=key)
    again = api.send("PUT", "/v1/me/identity", token=person["token"], body=shown, key=key)
    other = shown | {"name": "王大明"}
    reused = api.send("PUT", "/v1/me/identity", token=person["token"], body=other, key=key)

    phone = person["phone"]
    assert (before["is_identified"], before["name_masked"], before["consents"]) == (False, None, [])
    assert before["phone_masked"] == f"{phone[:3]}****{phone[-4:]}"
    assert after.json()["name_masked"] == person["name"][0] + "**"
    assert again.json() == after.json()
    assert (reused.status_code, reused.json()["code"]) == (409, "key_reused")
    for secret in (person["name"], person["resident_id"], phone):
        assert secret not in after.text


def test_consents_are_granted_listed_and_withdrawn(api, person):
    version = api.get("/v1/consent-texts").json()["version"]
    token, body = person["token"], {"grants": [IDENTITY, SHARE], "version": version}
    key = new_key()

    granted = api.post("/v1/me/consents", body, token=token, key=key).json()["consents"]
    again = api.post("/v1/me/consents", body, token=token, key=key).json()["consents"]
    shared = next(each for each in granted if each["scope"] == "share_lender")
    path = f"/v1/me/consents/{shared['id']}"
    left = api.send("DELETE", path, token=token, key=new_key()).json()["consents"]
    gone = api.send("DELETE", path, token=token, key=new_key())

    assert [(each["scope"], each["recipient"]) for each in granted] == [
        ("identity_check", None),
        ("share_lender", "yunxiu"),
    ]
    assert again == granted
    assert left == [each for each in granted if each != shared]
    assert api.get("/v1/me", token).json()["consents"] == left
    assert gone.status_code == 404


def test_texts_that_changed_are_to_be_read_again(api, person):
    body = {"grants": [IDENTITY], "version": "2020.01"}

    refused = api.post("/v1/me/consents", body, token=person["token"])

    assert (refused.status_code, refused.json()["code"]) == (409, "stale_texts")
    assert api.get("/v1/me", person["token"]).json()["consents"] == []


def test_a_signed_out_token_is_nobody_at_once(api, person):
    assert api.send("DELETE", "/v1/sign-in", token=person["token"]).status_code == 204

    answer = api.get("/v1/me", person["token"])

    assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in")
    assert answer.headers["www-authenticate"] == "Bearer"


def test_the_sixth_code_in_an_hour_is_refused_and_says_when(api):
    for _ in range(5):
        assert api.post("/v1/sign-in/codes", {"phone": "14412345678"}).status_code == 202

    refused = api.post("/v1/sign-in/codes", {"phone": "14412345678"})

    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_codes")
    assert refused.headers["retry-after"] == "3600"
    assert refused.json()["retry_after_s"] == 3600


def test_the_demo_inbox_of_a_number_a_person_may_have_is_not_found_whether_it_has_mail_or_not(api):
    assert api.post("/v1/sign-in/codes", {"phone": "13912345678"}).status_code == 202

    for phone in ("13912345678", "%2B8613912345678", "13787654321"):
        answer = api.get(f"/v1/demo/inbox?phone={phone}")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
        assert "messages" not in answer.json()


def test_outside_the_demo_its_routes_do_not_exist(api, real_api):
    for method, path in (("POST", "/v1/demo/persons"), ("GET", "/v1/demo/inbox?phone=14412345678")):
        assert api.send(method, path).status_code in (200, 201)
        answer = real_api.send(method, path)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert "/v1/demo/persons" in api.get("/schema").json()["paths"]
    assert "/v1/demo/persons" not in real_api.get("/schema").json()["paths"]
