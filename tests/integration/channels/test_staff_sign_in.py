"""Staff sign in by password and second factor; what is wrong is not told and changes nothing."""

import asyncio
import base64
import re
from datetime import timedelta

import asyncpg
import pytest

from tongtu.access.api import Given, Post, close_member, hand_out, move_member, open_member
from tongtu.access.flow import passkey as passkey_flow
from tongtu.access.flow import staff as staff_flow
from tongtu.access.rules.totp import code_of, step_of
from tongtu.channels.cli import main
from tongtu.identity.api import Role
from tongtu.kernel.errors import BadInput, Conflict, NotSignedIn, TooMany

from .conftest import new_key
from .device import Device

ROUTE = "/v1/sign-in/password"


class Member:
    """Somebody with a login, a password and an app."""

    def __init__(self, api, login, role, organisation=0):
        self.api, self.login = api, login
        runtime = self.runtime = api.parts.runtime

        async def opened():
            async with runtime.database.transaction() as connection:
                post = Post(role, organisation)
                staff = await open_member(connection, runtime, login, post)
                return staff, await hand_out(connection, runtime, staff)

        self.staff, made = api.run(opened())
        self.password = made.password
        self.secret = base64.b32decode(re.search(r"secret=([A-Z2-7]+)", made.set_up)[1])

    def code(self):
        return code_of(self.secret, step_of(self.runtime.clock.now()))

    def body(self, **other):
        return {"login": self.login, "password": self.password, "code": self.code()} | other

    def sign_in(self, **other):
        return self.api.send("POST", ROUTE, body=self.body(**other))

    def do(self, deed, *given):
        async def done():
            async with self.runtime.database.transaction() as connection:
                return await deed(connection, self.runtime, self.staff.id, *given)

        return self.api.run(done())


@pytest.fixture
def member(api):
    return Member(api, "wang.li", Role.ANALYST)


def add_passkey(api, token):
    device = Device()
    options = api.send("POST", "/v1/me/passkey-options", token=token).json()["options"]
    made = api.post("/v1/me/passkeys", device.make(options) | {"label": "key"}, token=token)
    assert made.status_code == 201
    return device


def use_passkey(api, device):
    options = api.send("POST", "/v1/sign-in/passkey-options").json()["options"]
    return api.send("POST", "/v1/sign-in/passkey", body=device.use(options))


@pytest.fixture
def tokens(api):
    async def counted():
        async with api.parts.runtime.database.reading() as connection:
            return await connection.fetchval("select count(*) from identity.token")

    return lambda: api.run(counted())


def later(api, seconds=30):
    api.parts.runtime.clock.advance(timedelta(seconds=seconds))


def test_password_and_code_open_a_session_of_twelve_hours_in_the_members_role(api, member):
    answer = member.sign_in()
    token = answer.json()["token"]

    assert (answer.status_code, answer.json()["role"]) == (200, "analyst")
    assert answer.json()["party"].startswith("sf_")
    assert api.get("/v1/models", token).status_code == 200
    assert api.get("/v1/me/sessions", token).json()["items"][0]["method"] == "password_totp"
    later(api, 12 * 3_600)
    assert api.get("/v1/models", token).status_code == 401


def test_whatever_is_wrong_is_one_refusal(api, member, tokens):
    before = tokens()

    answers = [
        member.sign_in(password="not the password"), member.sign_in(code="000000"),
        member.sign_in(login="nobody"), member.sign_in(login="nobody", code="000000"),
    ]  # fmt: skip

    assert {(one.status_code, one.json()["code"], one.json()["detail"]) for one in answers} == {
        (401, "login_refused", "login, password or code is not right")
    }
    assert tokens() == before


def test_a_code_of_the_app_counts_once(api, member, tokens):
    body = member.body()
    assert api.send("POST", ROUTE, body=body).status_code == 200
    before = tokens()

    again = api.send("POST", ROUTE, body=body)

    assert (again.status_code, tokens()) == (401, before)
    later(api)
    assert member.sign_in().status_code == 200


def test_two_at_once_with_one_code_get_one_session(api, member, tokens):
    body, api.app.state.parts = member.body(), api.parts

    async def both():
        send = [api.client.post(ROUTE, json=body) for _ in range(2)]
        return await asyncio.gather(*send)

    assert sorted(one.status_code for one in api.run(both())) == [200, 401]
    assert tokens() == 1


def test_ten_tries_an_hour_at_one_login_whether_somebody_has_it_or_not(api, member, tokens):
    for login in ("wang.li", "nobody"):
        for _ in range(10):
            assert member.sign_in(login=login, password="x").status_code == 401
    before = tokens()

    known, unknown = member.sign_in(), member.sign_in(login="nobody")

    for answer in (known, unknown):
        assert (answer.status_code, answer.json()["code"]) == (429, "too_many_tries")
        assert 0 < int(answer.headers["retry-after"]) <= 3_600
    assert tokens() == before


@pytest.fixture
def door(api):
    """The password door as it is asked from an address."""

    def ask(member, address, **other):
        given = Given(**member.body(**other))
        try:
            return api.run(api.parts.passwords.sign_in(given, address, "")).caller.role.value
        except (NotSignedIn, TooMany) as refusal:
            return refusal.code

    return ask


def test_whoever_tries_from_elsewhere_shuts_no_member_out(member, door):
    tries = [door(member, "203.0.113.9", password="x") for _ in range(11)]

    assert tries == ["login_refused"] * 10 + ["too_many_tries"]
    assert door(member, "198.51.100.7") == "analyst"


def test_codes_are_guessed_ten_times_an_hour_with_the_right_password_from_anywhere(member, door):
    tries = {door(member, f"203.0.113.{n}", code="000000") for n in range(10)}

    # The eleventh is right, and is refused like the others: nobody learns that the password is.
    assert tries == {"login_refused"}
    assert door(member, "198.51.100.7") == "login_refused"


def test_all_addresses_together_have_their_bound_too(member, door, monkeypatch):
    monkeypatch.setattr(staff_flow, "TRIES_AT_LOGIN_IN_ALL", (timedelta(hours=1), 3))

    tries = [door(member, f"203.0.113.{n}", password="x") for n in range(4)]

    assert tries == ["login_refused"] * 3 + ["too_many_tries"]


def test_a_member_who_moves_or_leaves_is_out_at_once(api, member):
    token = member.sign_in().json()["token"]
    device = add_passkey(api, token)

    for token_hash in member.do(move_member, Post(Role.CLERK, 1)):
        api.parts.doorkeeper.forget(token_hash)
    assert api.get("/v1/models", token).status_code == 401
    later(api)
    moved = member.sign_in().json()
    assert moved["role"] == "clerk"

    for token_hash in member.do(close_member):
        api.parts.doorkeeper.forget(token_hash)
    later(api)
    by_passkey = use_passkey(api, device)
    assert api.get("/v1/reviews", moved["token"]).status_code == 401
    assert (member.sign_in().status_code, by_passkey.status_code) == (401, 401)


@pytest.fixture
def closing(api, member, monkeypatch):
    """Close the member in the middle of a sign-in; return what became of each try."""
    runtime, tried = api.parts.runtime, []

    async def close():
        async with runtime.database.transaction() as connection:
            await connection.execute("set local lock_timeout = '50ms'")
            await close_member(connection, runtime, member.staff.id)

    def within(flow):
        real = flow.open_session

        async def open_session(*given):
            [became] = await asyncio.gather(close(), return_exceptions=True)
            tried.append(type(became))
            await real(*given)

        monkeypatch.setattr(flow, "open_session", open_session)

    within(staff_flow)
    within(passkey_flow)
    return tried


def test_who_closes_a_member_waits_for_the_token_they_are_just_given_and_ends_it(
    api, member, closing, tokens
):
    by_password = member.sign_in().json()["token"]
    device = add_passkey(api, by_password)
    by_passkey = use_passkey(api, device).json()["token"]

    ended = member.do(close_member)

    assert closing == [asyncpg.LockNotAvailableError] * 2
    assert len(ended) == tokens() == 2
    later(api)
    answers = [api.get("/v1/me/sessions", token) for token in (by_password, by_passkey)]
    assert [one.status_code for one in answers] == [401, 401]


def test_a_password_that_is_replaced_while_it_is_used_opens_nothing(
    api, member, monkeypatch, tokens
):
    """It fits; before the token is written another one is handed out."""
    find_staff = staff_flow.find_staff

    async def replaced(connection, *given):
        await connection.execute("update access.staff_login set password = password || 'A'")
        return await find_staff(connection, *given)

    monkeypatch.setattr(staff_flow, "find_staff", replaced)

    assert member.sign_in().status_code == 401
    assert tokens() == 0


def test_a_passkey_signs_a_member_of_staff_in_as_who_they_are_now_for_twelve_hours(api, member):
    device = add_passkey(api, member.sign_in().json()["token"])
    member.do(move_member, Post(Role.OPERATOR, 0))

    answer = use_passkey(api, device)

    assert (answer.status_code, answer.json()["role"]) == (200, "operator")
    token = answer.json()["token"]
    assert api.get("/v1/me/sessions", token).status_code == 200
    later(api, 12 * 3_600)
    assert api.get("/v1/me/sessions", token).status_code == 401


def test_what_is_handed_out_anew_puts_out_whoever_came_in_before(api, member):
    """A thief's session and the passkey they added end with the password they knew."""
    token = member.sign_in().json()["token"]
    device = add_passkey(api, token)

    async def again():
        async with api.parts.runtime.database.transaction() as connection:
            return await hand_out(connection, api.parts.runtime, member.staff)

    made = api.run(again())
    later(api)  # other processes know within five seconds

    assert api.get("/v1/me/sessions", token).status_code == 401
    assert use_passkey(api, device).status_code == 401
    member.password = made.password
    member.secret = base64.b32decode(re.search(r"secret=([A-Z2-7]+)", made.set_up)[1])
    assert member.sign_in().status_code == 200


def test_a_changed_password_ends_every_other_session(api, member):
    mine = member.sign_in().json()["token"]
    later(api)
    other = member.sign_in().json()["token"]
    body = {"old": member.password, "new": "a long new sentence"}

    changed = api.send("PUT", "/v1/me/password", token=mine, body=body)

    assert changed.status_code == 200
    sessions = [api.get("/v1/me/sessions", token).status_code for token in (mine, other)]
    assert sessions == [200, 401]


def test_outside_the_demo_a_stale_session_allows_nothing_until_the_app_freshens_it(real_api):
    member = Member(real_api, "chen", Role.OPERATOR)
    token = member.sign_in().json()["token"]
    path = "/v1/operations/loan-changes/av_0000000000000/approval"
    later(real_api, 31 * 60)

    stale = real_api.send("POST", path, token=token, key=new_key())
    body = {"code": member.code()}
    fresh = real_api.send("POST", "/v1/step-up/app-code", token=token, body=body)
    twice = real_api.send("POST", "/v1/step-up/app-code", token=token, body=body)
    after = real_api.send("POST", path, token=token, key=new_key())

    assert (stale.status_code, stale.json()["code"]) == (403, "step_up_required")
    assert (fresh.status_code, twice.status_code, after.status_code) == (200, 401, 404)


def test_a_member_changes_their_password_who_knows_it(api, member):
    token = member.sign_in().json()["token"]

    def change(old, new):
        body = {"old": old, "new": new}
        return api.send("PUT", "/v1/me/password", token=token, body=body)

    wrong = change("another one", "a long new sentence")
    weak = [change(member.password, new) for new in (
        "short", "wang.li wang.li", "aaaaaaaaaaaaaa", "qwerty and more", "our Tongtu of 2026",
    )]  # fmt: skip
    changed = change(member.password, "a long new sentence")
    later(api)

    assert wrong.status_code == 401
    assert {one.json()["code"] for one in weak} == {"weak_password"}
    assert changed.status_code == 200
    assert member.sign_in().status_code == 401
    assert member.sign_in(password="a long new sentence").status_code == 200


def test_a_password_that_was_handed_out_opens_nothing_after_three_days_unless_it_was_changed(
    api, member, tokens
):
    other = Member(api, "li.na", Role.CLERK)
    token = other.sign_in().json()["token"]
    body = {"old": other.password, "new": "a long new sentence"}
    assert api.send("PUT", "/v1/me/password", token=token, body=body).status_code == 200
    later(api, 72 * 3_600)
    in_time = member.sign_in()
    later(api)
    before = tokens()

    late = member.sign_in()
    unchanged = tokens()
    own = other.sign_in(password="a long new sentence")

    assert (in_time.status_code, late.status_code, late.json()["code"]) == (
        200, 401, "login_refused",
    )  # fmt: skip
    assert unchanged == before
    assert own.status_code == 200


def test_what_is_handed_out_anew_is_both_and_what_was_before_is_void(api, member, tokens):
    """ASVS 6.4.3: a new password brings a new second factor; neither opens with the other's old one."""
    old_password, old_code = member.password, member.code()

    async def again():
        async with member.runtime.database.transaction() as connection:
            return await hand_out(connection, member.runtime, member.staff)

    made = api.run(again())
    member.password = made.password
    member.secret = base64.b32decode(re.search(r"secret=([A-Z2-7]+)", made.set_up)[1])
    before = tokens()

    refused = [member.sign_in(code=old_code), member.sign_in(password=old_password)]

    assert [one.status_code for one in refused] == [401, 401]
    assert tokens() == before
    assert member.sign_in().status_code == 200


def test_a_password_is_kept_as_argon2id_writes_it(api, member):
    """ASVS 11.4.2: OWASP's first choice of its parameters, 46 MB and one pass."""

    async def kept():
        async with api.parts.runtime.database.reading() as connection:
            return await connection.fetchval("select password from access.staff_login")

    assert api.run(kept()).startswith("$argon2id$v=19$m=47104,t=1,p=1$")


@pytest.mark.parametrize("post", [
    Post(Role.BORROWER, 0), Post(Role.LENDER, 0), Post(Role.MERCHANT, 0), Post(Role.OPERATOR, 1),
    Post(Role.ANALYST, 3), Post(Role.CLERK, -1), Post(Role.CLERK, 10_000),
])  # fmt: skip
def test_nobody_is_opened_where_their_role_cannot_be(api, member, post):
    with pytest.raises(BadInput):
        Member(api, "li", post.role, post.organisation)
    with pytest.raises(BadInput):
        member.do(move_member, post)

    assert member.sign_in().json()["role"] == "analyst"


def test_a_login_is_nobody_elses_ever_again(api, member):
    member.do(close_member)

    with pytest.raises(Conflict):
        Member(api, "wang.li", Role.CLERK)


def test_the_command_opens_a_member_whose_sign_in_works(api, capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("TONGTU_DSN", api.parts.runtime.settings.dsn)
    monkeypatch.setenv("TONGTU_HOME", str(tmp_path / "home"))

    assert main(["staff", "open", "zhao", "operator"]) == 0
    printed = capsys.readouterr().out
    assert main(["staff", "open", "zhao", "clerk"]) == 1
    assert "known_login" in capsys.readouterr().err
    assert main(["staff", "open", "qian"]) == 2

    assert re.search(r"^password  [A-Za-z0-9_-]{24}$", printed, re.MULTILINE)
    assert re.search(
        r"^set up    otpauth://totp/Tongtu:zhao\?secret=[A-Z2-7]{32}", printed, re.MULTILINE
    )

    async def kept():
        async with api.parts.runtime.database.reading() as connection:
            return [
                tuple(row)
                for row in await connection.fetch(
                    "select s.login, s.role, l.password like '$argon2id$%' as is_hashed "
                    "from identity.staff s join access.staff_login l on l.staff = s.id"
                )
            ]

    assert api.run(kept()) == [("zhao", "operator", True)]
