"""Passkeys over HTTP: what is refused changes nothing, and its owner can read that it was tried."""

from datetime import timedelta

import pytest

from tongtu.identity.api import Caller, Role, issue_token

from .conftest import new_key
from .device import Device, b64

PHONE, OTHER_PHONE = "14412345678", "14487654321"


@pytest.fixture
def token(api):
    return api.sign_in(PHONE)


@pytest.fixture
def count(runtime, run):
    """Count what a refused passkey must leave as it was."""

    async def counted():
        async with runtime.database.reading() as connection:
            return [
                await connection.fetchval(f"select count(*) from {table}")
                for table in ("access.passkey", "identity.token", "access.session")
            ] + [await connection.fetchval("select coalesce(sum(counter), 0) from access.passkey")]

    return lambda: run(counted())


def begin(api, token):
    answer = api.send("POST", "/v1/me/passkey-options", token=token)
    assert answer.status_code == 200, answer.text
    return answer.json()["options"]


def add(api, token, device, **how):
    body = device.make(begin(api, token), **how) | {"label": "phone"}
    return api.post("/v1/me/passkeys", body, token=token)


def begin_sign_in(api):
    return api.send("POST", "/v1/sign-in/passkey-options").json()["options"]


def sign_in(api, body):
    return api.send("POST", "/v1/sign-in/passkey", body=body)


def events(api, token):
    items = api.get("/v1/me/sign-in-events", token).json()["items"]
    return [(one["kind"], one["detail"]) for one in items]


def refused(answer):
    assert (answer.status_code, answer.json()["code"]) == (401, "passkey_refused"), answer.text
    return True


def test_a_passkey_signs_its_owner_in_and_the_token_opens_their_routes(api, token):
    device = Device()

    added = add(api, token, device)
    signed_in = sign_in(api, device.use(begin_sign_in(api)))
    me = api.get("/v1/me", signed_in.json()["token"])

    assert [one["label"] for one in added.json()["items"]] == ["phone"]
    assert signed_in.json()["role"] == "borrower"
    assert me.json()["party"] == api.get("/v1/me", token).json()["party"]


def test_stride_18_an_assertion_is_good_once(api, token, count):
    device = Device()
    add(api, token, device)
    body = device.use(begin_sign_in(api))
    assert sign_in(api, body).status_code == 200
    before = count()

    assert refused(sign_in(api, body))

    assert count() == before
    assert ("passkey_refused", "replayed") in events(api, token)


@pytest.mark.parametrize("how", [
    {"origin": "https://tongtu.example"},
    {"origin": "http://localhost.evil.example"},
    {"host": "evil.example"},
    {"is_verified": False},
], ids=["origin", "longer_origin", "host", "user_not_verified"])  # fmt: skip
def test_another_address_or_an_unverified_user_is_refused_in_both_ceremonies(
    api, token, count, how
):
    good, bad = Device(1), Device(2)
    add(api, token, good)
    before = count()

    assert refused(add(api, token, bad, **how))
    assert refused(sign_in(api, good.use(begin_sign_in(api), **how)))

    assert count() == before
    assert events(api, token)[:2] == [("passkey_refused", "not_verified")] * 2


def test_stride_18_a_counter_that_does_not_grow_is_a_copied_device(api, token, count):
    device = Device()
    add(api, token, device)
    assert sign_in(api, device.use(begin_sign_in(api), by=5)).status_code == 200
    before = count()

    assert refused(sign_in(api, device.use(begin_sign_in(api), by=0)))
    assert refused(sign_in(api, device.use(begin_sign_in(api), by=-3)))

    assert count() == before


def test_stride_18_a_passkey_made_for_another_session_is_not_added(api, token, count):
    mine, theirs = Device(1), Device(2)
    other_session, other_person = api.sign_in(PHONE), api.sign_in(OTHER_PHONE)
    before = count()

    made = mine.make(begin(api, other_session)) | {"label": "x"}
    assert refused(api.post("/v1/me/passkeys", made, token=token))
    made = theirs.make(begin(api, token)) | {"label": "x"}
    assert refused(api.post("/v1/me/passkeys", made, token=other_person))

    assert count() == before
    assert ("passkey_refused", "challenge") in events(api, token)
    assert ("passkey_refused", "challenge") in events(api, other_person)


def test_a_challenge_serves_its_own_purpose_for_five_minutes(api, token, count):
    device = Device()
    add(api, token, device)
    fresh = api.send("POST", "/v1/step-up/passkey-options", token=token).json()["options"]
    late = begin_sign_in(api)
    before = count()

    assert refused(sign_in(api, device.use(fresh)))
    body = device.use(begin_sign_in(api))
    assert refused(api.send("POST", "/v1/step-up/passkey", token=token, body=body))
    api.parts.runtime.clock.advance(timedelta(minutes=5))
    assert refused(sign_in(api, device.use(late)))

    assert count() == before


def test_a_strangers_passkey_makes_nobody_elses_session_fresh(api, token):
    mine, theirs = Device(1), Device(2)
    other = api.sign_in(OTHER_PHONE)
    add(api, token, mine)
    add(api, other, theirs)
    options = api.send("POST", "/v1/step-up/passkey-options", token=token).json()["options"]

    answer = api.send("POST", "/v1/step-up/passkey", token=token, body=theirs.use(options))

    assert refused(answer)


def test_a_handle_of_somebody_else_signs_nobody_in(api, token, count):
    mine, theirs = Device(1), Device(2)
    other = api.sign_in(OTHER_PHONE)
    add(api, token, mine)
    add(api, other, theirs)
    before = count()
    mine.handle = theirs.handle
    used = mine.use(begin_sign_in(api))

    assert refused(sign_in(api, used))
    assert refused(sign_in(api, used | {"signature": b64(b"no signature")}))

    assert count() == before
    assert [kind for kind, _ in events(api, other)] == ["passkey_added"]


def test_refusals_do_not_hide_what_else_happened(api, token):
    device = Device()
    add(api, token, device)
    body = device.use(begin_sign_in(api)) | {"signature": b64(b"no signature")}

    for _ in range(7):
        assert refused(sign_in(api, body))

    assert [kind for kind, _ in events(api, token)] == ["passkey_refused"] * 5 + ["passkey_added"]


@pytest.mark.parametrize("part", ["client_data", "authenticator_data", "signature", "user_handle"])
def test_bytes_that_somebody_made_up_are_refused_and_never_a_fault(api, token, count, part):
    device = Device()
    add(api, token, device)
    before = count()

    for made_up in (b64(b"\0"), b64(b"{}"), b64(b"\xff" * 60), "A", b64(b"[" * 60)):
        body = device.use(begin_sign_in(api)) | {part: made_up}
        assert refused(sign_in(api, body))

    assert count() == before


@pytest.mark.parametrize("part", ["client_data", "attestation"])
def test_a_made_up_new_key_is_refused_and_never_a_fault(api, token, count, part):
    before = count()

    for made_up in (b64(b"\0"), b64(b"{}"), b64(b"\xa1" * 900), "A", b64(b"[" * 3_000)):
        body = Device().make(begin(api, token)) | {part: made_up, "label": "x"}
        assert refused(api.post("/v1/me/passkeys", body, token=token))

    assert count() == before


def test_an_ended_passkey_signs_nobody_in(api, token, count):
    device = Device()
    passkey = add(api, token, device).json()["items"][0]["passkey"]

    left = api.send("DELETE", f"/v1/me/passkeys/{passkey}", token=token, key=new_key())
    before = count()

    assert left.json()["items"] == []
    assert refused(sign_in(api, device.use(begin_sign_in(api))))
    assert count() == before


def test_nobody_ends_the_passkey_of_somebody_else(api, token, count):
    passkey = add(api, token, Device()).json()["items"][0]["passkey"]
    other = api.sign_in(OTHER_PHONE)
    before = count()

    answer = api.send("DELETE", f"/v1/me/passkeys/{passkey}", token=other, key=new_key())

    assert answer.status_code == 404
    assert count() == before
    assert len(api.get("/v1/me/passkeys", token).json()["items"]) == 1


def test_somebody_has_eight_passkeys_and_no_more(api, token, count):
    for number in range(8):
        assert add(api, token, Device(number)).status_code == 201
    before = count()

    answer = add(api, token, Device(9))

    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_passkeys")
    assert count() == before


def test_a_session_that_is_not_fresh_adds_no_passkey_until_a_code_or_a_passkey_freshens_it(
    api, token, count
):
    first, second = Device(1), Device(2)
    add(api, token, first)
    api.parts.runtime.clock.advance(timedelta(minutes=10, seconds=1))
    before = count()

    stale = add(api, token, second)
    assert (stale.status_code, stale.json()["code"]) == (403, "step_up_required")
    assert count() == before

    options = api.send("POST", "/v1/step-up/passkey-options", token=token).json()["options"]
    answer = first.use(options)
    assert api.send("POST", "/v1/step-up/passkey", token=token, body=answer).status_code == 200
    assert add(api, token, second).status_code == 201


def step_up_code(api, token):
    sent = api.send("POST", "/v1/step-up/codes", token=token).json()
    code = api.get(f"/v1/demo/inbox?phone={PHONE}").json()["messages"][0]["code"]
    return {"challenge": sent["challenge"], "code": code}


def test_a_code_for_a_fresh_proof_serves_its_own_session_once_and_signs_nobody_in(api, token):
    other = api.sign_in(PHONE)
    body = step_up_code(api, token)

    signing_in = api.send("POST", "/v1/sign-in", body=body)
    elsewhere = api.send("POST", "/v1/step-up/code", token=other, body=body)
    here = api.send("POST", "/v1/step-up/code", token=token, body=body)
    again = api.send("POST", "/v1/step-up/code", token=token, body=body)

    assert [one.status_code for one in (signing_in, elsewhere, here, again)] == [401, 401, 200, 401]
    assert signing_in.json()["code"] == elsewhere.json()["code"] == "code_refused"


def test_what_strangers_ask_for_a_number_uses_up_none_of_its_owners_fresh_codes(api, token):
    for _ in range(5):
        api.post("/v1/sign-in/codes", {"phone": PHONE})
    strangers = api.post("/v1/sign-in/codes", {"phone": PHONE})

    own = [api.send("POST", "/v1/step-up/codes", token=token) for _ in range(6)]

    assert strangers.json()["code"] == "too_many_codes"
    assert [one.status_code for one in own] == [202] * 5 + [429]


def test_a_code_for_signing_in_makes_no_session_fresh(api, token):
    challenge = api.post("/v1/sign-in/codes", {"phone": PHONE}).json()["challenge"]
    code = api.get(f"/v1/demo/inbox?phone={PHONE}").json()["messages"][0]["code"]

    body = {"challenge": challenge, "code": code}
    answer = api.send("POST", "/v1/step-up/code", token=token, body=body)

    assert (answer.status_code, answer.json()["code"]) == (401, "code_refused")


def test_somebody_sees_their_sessions_and_ends_them_at_once(api, token):
    other, third = api.sign_in(PHONE), api.sign_in(PHONE)
    stranger = api.sign_in(OTHER_PHONE)
    items = api.get("/v1/me/sessions", token).json()["items"]
    mine = next(one for one in items if one["is_this"])
    theirs = [one["session"] for one in items if not one["is_this"]]

    by_stranger = api.send("DELETE", f"/v1/me/sessions/{mine['session']}", token=stranger)
    one = api.send("DELETE", f"/v1/me/sessions/{theirs[0]}", token=token)
    twice = api.send("DELETE", f"/v1/me/sessions/{theirs[0]}", token=token)
    rest = api.send("DELETE", "/v1/me/sessions", token=token)

    assert (len(items), mine["method"], mine["device"]) == (3, "code", "")
    assert (by_stranger.status_code, one.json(), twice.status_code) == (404, {"ended": 1}, 404)
    assert rest.json() == {"ended": 1}
    assert [api.get("/v1/me", each).status_code for each in (token, other, third)] == [
        200,
        401,
        401,
    ]
    assert api.get("/v1/me", stranger).status_code == 200


def test_sessions_are_ended_with_a_fresh_proof_only(api, token):
    """ASVS 7.5.2: who found an open session cannot put its owner out of all others."""
    other = api.sign_in(PHONE)
    items = api.get("/v1/me/sessions", token).json()["items"]
    theirs = next(one["session"] for one in items if not one["is_this"])
    api.parts.runtime.clock.advance(timedelta(minutes=31))

    stale = [
        api.send("DELETE", path, token=token)
        for path in ("/v1/me/sessions", f"/v1/me/sessions/{theirs}")
    ]

    assert {(one.status_code, one.json()["code"]) for one in stale} == {(403, "step_up_required")}
    assert api.get("/v1/me", other).status_code == 200
    assert api.send("DELETE", "/v1/sign-in", token=token).status_code in (200, 204)  # one's own


def test_a_token_made_on_the_server_is_never_fresh_for_a_borrower(api, run, token, count):
    runtime = api.parts.runtime
    party = runtime.public.read("party", api.get("/v1/me", token).json()["party"])
    caller = Caller(Role.BORROWER, party, 0, runtime.cell(party))
    made = run(issue_token(runtime, caller)).text
    before = count()

    answer = add(api, made, Device())

    assert (answer.status_code, answer.json()["code"]) == (403, "step_up_required")
    assert count() == before
