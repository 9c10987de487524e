"""A lender's key over HTTP: two persons register it, and nobody else's signature is heard."""

import json

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tongtu.contracts.authority import LocalCa
from tongtu.funding.api import paper_generations, paper_key
from tongtu.identity.api import Role, issue_token, open_staff
from tongtu.journey.api import RemoteDesk
from tongtu.kernel.errors import Conflict

PUBLIC = Ed25519PrivateKey.from_private_bytes(b"k" * 32).public_key().public_bytes_raw().hex()
KEYS = "/v1/operations/lender-keys"


@pytest.fixture
def operators(runtime, run):
    def token(name):
        caller = run(open_staff(runtime, name, Role.OPERATOR, 0))
        return run(issue_token(runtime, caller)).text

    return token("first"), token("second")


def propose(api, token, **changes):
    body = {"lender": "beidu", "public": PUBLIC, "overlap_hours": 0, **changes}
    return api.post(KEYS, body, token=token)


def test_a_key_counts_once_a_second_person_registered_it(api, operators, staff):
    first, second = operators
    proposed = propose(api, first)
    assert proposed.status_code == 201, proposed.text
    approval = proposed.json()["approval"]
    assert api.get("/v1/lender-keys", first).json()["items"] == []

    own = api.post(f"{KEYS}/{approval}/approval", {}, token=first)
    assert (own.status_code, own.json()["code"]) == (403, "own_work")
    assert api.get("/v1/lender-keys", first).json()["items"] == []

    made = api.post(f"{KEYS}/{approval}/approval", {}, token=second)
    assert (made.status_code, made.json()["lender"]) == (200, "beidu")
    [key] = api.get("/v1/lender-keys", staff(Role.LENDER, 30)).json()["items"]
    assert (key["public"], key["valid_to"]) == (PUBLIC, None)
    assert api.get("/v1/lender-keys", staff(Role.LENDER, 1)).json()["items"] == []


def test_a_house_whose_certificate_was_revoked_signs_by_its_next_key(
    api, operators, runtime, run, tmp_path
):
    first, second = operators
    wish = {"lender": "yunxiu", "public": None, "is_for_papers": True}
    at, serial = runtime.clock.now(), bytes(range(1, 20))
    authority = LocalCa.open(tmp_path, at, serial)

    async def generations():
        async with runtime.database.reading() as connection:
            return await paper_generations(connection)

    def signed_by(generation):
        key = paper_key(runtime.keys, "yunxiu", generation)
        return authority.issue("云岫银行", at, serial, key).certificate

    revoked = x509.load_der_x509_certificate(signed_by(1))
    authority.revoke(revoked.serial_number, at)
    with pytest.raises(Conflict, match="revoked"):
        signed_by(1)
    approval = propose(api, first, **wish).json()["approval"]
    own = api.post(f"{KEYS}/{approval}/approval", {}, token=first)
    assert (own.status_code, run(generations())) == (403, {})

    made = api.post(f"{KEYS}/{approval}/approval", {}, token=second)

    assert made.json() == {"lender": "yunxiu", "key": "papers-2"}
    assert run(generations()) == {"yunxiu": 2}
    renewed = x509.load_der_x509_certificate(signed_by(2))
    assert renewed.public_key() != revoked.public_key()
    assert propose(api, first, **wish | {"lender": "beidu"}).status_code == 404  # signs elsewhere
    assert propose(api, first, **wish | {"public": PUBLIC}).status_code == 422


@pytest.mark.parametrize(
    ("changes", "status"),
    [({"lender": "nobody"}, 404), ({"public": "00" * 31}, 422), ({"overlap_hours": 73}, 422)],
)
def test_what_is_no_key_of_a_lender_is_not_proposed(api, operators, changes, status):
    assert propose(api, operators[0], **changes).status_code == status
    waiting = api.get("/v1/operations/proposals", operators[1]).json()["items"]
    assert waiting == []


def test_an_answer_that_nobody_signed_is_heard_by_nobody(api, parts):
    parts.lenders = RemoteDesk(parts, {}, None)
    body = json.dumps({"request": "rq_0000000000000"}).encode()

    for headers in (
        {},
        {"x-tongtu-key": "0" * 16, "x-tongtu-time": "1", "x-tongtu-signature": "x"},
    ):
        answer = api.send("POST", "/v1/lender-answers", content=body, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "bad_signature")


def test_the_platforms_own_key_is_told_to_everybody(api):
    shown = api.get("/v1/platform-key").json()
    assert (len(shown["key"]), len(shown["public"])) == (16, 64)
