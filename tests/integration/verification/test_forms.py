"""One form at two places: whose clerk may write it, and what two who write at once are told."""

import pytest
from tests.integration.channels.conftest import new_key

from tongtu.identity.api import Role, issue_token, open_staff

OWN = "/v1/me/form"


@pytest.fixture
def clerk(api, runtime, run):
    """A clerk of a branch, by name: what they send and read."""
    tokens = {}

    def send(name, method, path, body=None):
        if name not in tokens:
            caller = run(open_staff(runtime, name, Role.CLERK, 1))
            tokens[name] = run(issue_token(runtime, caller)).text
        return api.send(method, path, token=tokens[name], body=body, key=new_key())

    return send


def write(who, base, **fields):
    body = {"base": base, "fields": [{"name": n, "value": v} for n, v in fields.items()]}
    return who.api.send("PUT", OWN, token=who.token, body=body, key=new_key())


def test_only_the_clerk_whom_the_persons_code_led_to_reads_and_writes_their_form(person, clerk):
    who = person()
    case = who.open()
    path = f"/v1/verifications/{case}/form"
    assert write(who, 0, income_minor=900_000).status_code == 200

    before = clerk("one", "GET", path)
    code = who.post(f"/v1/verifications/{case}/resume-codes", {"channel": "branch"}).json()["code"]
    clerk("one", "POST", "/v1/verification-resumptions", {"code": code})
    found = clerk("one", "GET", path)
    stranger = clerk("two", "GET", path)
    wish = {"base": 1, "fields": [{"name": "expenses_minor", "value": 300_000}]}
    written = clerk("one", "PUT", path, wish)
    refused = clerk("two", "PUT", path, wish)

    assert (before.status_code, stranger.status_code, refused.status_code) == (404, 404, 404)
    assert [(f["name"], f["value"], f["channel"]) for f in found.json()["fields"]] == [
        ("income_minor", 900_000, "phone")
    ]
    assert (written.json()["version"], len(written.json()["fields"])) == (2, 2)
    assert who.api.get(OWN, who.token).json() == written.json()
    looks = who.api.get("/v1/me/access-log", who.token).json()["items"]
    assert [one["shows"] for one in looks].count(["application"]) == 2


def test_a_field_written_elsewhere_meanwhile_is_refused_and_nothing_is_written(person):
    who = person()
    write(who, 0, income_minor=900_000, home="rent")
    write(who, 1, income_minor=1_200_000)

    late = write(who, 1, income_minor=1_000_000, home="owner")
    beside = write(who, 1, home="owner")

    assert (late.status_code, late.json()["code"]) == (409, "form_changed")
    assert "income_minor" in late.json()["detail"]
    kept = {one["name"]: one["value"] for one in beside.json()["fields"]}
    assert kept == {"income_minor": 1_200_000, "home": "owner"}
