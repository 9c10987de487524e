"""One colleague acts for another until a day; a post is given by two. Each step may be refused, and a
refused one changes nothing."""

from datetime import timedelta

import pytest

from tongtu.access.api import Post, close_member, move_member, open_house
from tongtu.identity.api import Caller, Role, issue_token, open_staff

from .conftest import new_key

DAY = timedelta(days=1)


@pytest.fixture
def house(api):
    """Members of staff by login: their ids and tokens."""
    runtime = api.parts.runtime

    class House:
        def __init__(self):
            self.callers, self.tokens = {}, {}

        def open(self, login, role, organisation=0):
            caller = api.run(open_staff(runtime, login, role, organisation))
            caller = Caller(role, caller.subject, organisation, 0)
            self.callers[login] = caller
            self.tokens[login] = api.run(issue_token(runtime, caller)).text
            return self

        def post(self, login, path, body=None, token=None):
            return api.send(
                "POST", path, token=token or self.tokens[login], body=body, key=new_key()
            )

        def give(self, giver, taker, days=3, token=None):
            ends_at = (runtime.clock.now() + days * DAY).isoformat()
            return self.post(giver, "/v1/delegations", {"taker": taker, "ends_at": ends_at}, token)

        def allow(self, login, approval, token=None):
            path = f"/v1/operations/delegations/{approval}/approval"
            return self.post(login, path, token=token)

        def use(self, login, delegation):
            return api.send(
                "POST", f"/v1/delegations/{delegation}/session", token=self.tokens[login]
            )

        def do(self, deed, login, *given):
            async def done():
                async with runtime.database.transaction() as connection:
                    return await deed(connection, runtime, self.callers[login].subject, *given)

            for ended in api.run(done()):
                api.parts.doorkeeper.forget(ended)

    api.run(open_house(runtime, api.parts.organisations))
    made = House()
    made.open("wang.wei", Role.OPERATOR).open("li.na", Role.CLERK).open("zhao.min", Role.ANALYST)
    return made.open("sun.hao", Role.OPERATOR)


@pytest.fixture
def acting(house):
    """The clerk acts for the operator; return (delegation, token)."""
    approval = house.give("wang.wei", "li.na").json()["approval"]
    delegation = house.allow("zhao.min", approval).json()["delegation"]
    return delegation, house.use("li.na", delegation).json()["token"]


@pytest.fixture
def kept(api):
    async def read():
        async with api.parts.runtime.database.reading() as connection:
            tables = ("access.delegation", "access.session", "identity.token", "identity.approval",
                      "identity.staff")  # fmt: skip
            return [
                [
                    tuple(row)
                    for row in await connection.fetch(f"select t::text from {one} t order by 1")
                ]
                for one in tables
            ]

    return lambda: api.run(read())


def events(api, token):
    items = api.get("/v1/me/sign-in-events", token).json()["items"]
    return [(one["kind"], one["detail"]) for one in items]


def test_a_colleague_acts_in_the_givers_role_under_their_own_name_and_both_names_are_kept(
    api, house, acting
):
    _, token = acting
    own = api.get("/v1/operations/campaigns", house.tokens["li.na"])
    by_delegation = api.get("/v1/operations/campaigns", token)
    [mine] = api.get("/v1/me/sessions", token).json()["items"][:1]

    assert (own.status_code, by_delegation.status_code) == (403, 200)
    assert mine["method"] == "delegation"
    assert events(api, token)[:2] == [("acted_for", "wang.wei"), ("delegation_taken", "wang.wei")]
    assert events(api, house.tokens["wang.wei"])[:2] == [
        ("acted_by", "li.na"), ("delegation_given", "li.na"),
    ]  # fmt: skip
    [shown] = api.get("/v1/delegations", house.tokens["wang.wei"]).json()["items"]
    assert (shown["giver"], shown["taker"], shown["role"], shown["is_mine"]) == (
        "wang.wei", "li.na", "operator", True,
    )  # fmt: skip


def test_it_ends_in_the_second_that_was_agreed(api, house, acting):
    delegation, _ = acting
    api.parts.runtime.clock.advance(3 * DAY - timedelta(seconds=1))
    house.open("li.na", Role.CLERK)
    last = house.use("li.na", delegation)
    assert last.status_code == 200
    assert api.get("/v1/operations/campaigns", last.json()["token"]).status_code == 200
    api.parts.runtime.clock.advance(timedelta(seconds=1))

    late = house.use("li.na", delegation)

    assert (late.status_code, late.json()["code"]) == (409, "ended")
    assert api.get("/v1/operations/campaigns", last.json()["token"]).status_code == 401


@pytest.mark.parametrize("ender", ["wang.wei", "li.na"])
def test_either_ends_it_with_its_sessions_and_a_stranger_does_not(api, house, acting, kept, ender):
    delegation, token = acting
    path = f"/v1/delegations/{delegation}"
    before = kept()
    by_stranger = api.send("DELETE", path, token=house.tokens["sun.hao"], key=new_key())
    unchanged = kept()

    ended = api.send("DELETE", path, token=house.tokens[ender], key=new_key())

    assert (by_stranger.status_code, unchanged) == (404, before)
    assert ended.json() == {"ended": 1}
    assert api.get("/v1/operations/campaigns", token).status_code == 401
    assert api.get("/v1/me/sessions", house.tokens["li.na"]).status_code == 200
    assert house.use("li.na", delegation).status_code == 409


@pytest.mark.parametrize("deed", [close_member, move_member])
@pytest.mark.parametrize("side", ["wang.wei", "li.na"])
def test_who_moves_or_leaves_takes_what_they_gave_and_took_with_them(
    api, house, acting, deed, side
):
    _, token = acting
    given = (Post(Role.ANALYST, 0),) if deed is move_member else ()

    house.do(deed, side, *given)

    assert api.get("/v1/operations/campaigns", token).status_code == 401


def test_stride_6_nobody_allows_what_they_gave_or_take_nor_gives_on_what_they_took(
    api, house, acting, kept
):
    _, token = acting
    approval = house.give("sun.hao", "zhao.min").json()["approval"]
    before = kept()
    refused = [
        house.allow("sun.hao", approval),  # the giver
        house.allow("zhao.min", approval),  # the taker
        house.give("li.na", "sun.hao", token=token),  # on
        house.give("wang.wei", "nobody.there"), house.give("wang.wei", "wang.wei"),
        house.give("wang.wei", "sun.hao"), house.give("wang.wei", "li.na", days=31),
        house.give("wang.wei", "li.na", days=0), house.use("zhao.min", acting[0]),
    ]  # fmt: skip

    assert [(one.status_code, one.json()["code"]) for one in refused] == [
        (403, "own_work"), (403, "own_work"), (403, "acting_for"), (404, "not_found"),
        (404, "not_found"), (422, "bad_input"), (422, "bad_input"), (422, "bad_input"),
        (404, "not_found"),
    ]  # fmt: skip
    assert kept() == before


def test_stride_6_who_acts_for_somebody_does_not_allow_what_that_one_proposed(
    api, house, acting, kept
):
    """Two names would stand under it, and one authority."""
    _, token = acting
    asked = {"login": "new.clerk", "role": "clerk", "organisation": 1}
    of_giver = house.post("wang.wei", "/v1/operations/staff", asked).json()["approval"]
    of_other = house.post("sun.hao", "/v1/operations/staff", asked).json()["approval"]
    path = "/v1/operations/staff-posts/{}/approval"
    before = kept()

    refused = house.post("li.na", path.format(of_giver), token=token)
    unchanged = kept()
    allowed = house.post("li.na", path.format(of_other), token=token)

    assert (refused.status_code, refused.json()["code"], unchanged) == (403, "own_work", before)
    assert allowed.status_code == 200


def test_a_post_is_given_by_two_operators_and_nobody_signs_in_by_it_alone(api, house, kept):
    asked = {
        "login": "new.analyst", "role": "analyst", "organisation": 0, "department": "digital_finance",
        "team": "models",
    }  # fmt: skip
    approval = house.post("wang.wei", "/v1/operations/staff", asked).json()["approval"]
    path = f"/v1/operations/staff-posts/{approval}/approval"
    before = kept()
    alone, by_analyst = house.post("wang.wei", path), house.post("zhao.min", path)
    unchanged = kept()

    made = house.post("sun.hao", path)

    assert (alone.json()["code"], by_analyst.json()["code"]) == ("own_work", "not_allowed")
    assert unchanged == before
    assert {k: v for k, v in made.json().items() if k != "staff"} == {
        "login": "new.analyst", "role": "analyst", "organisation": 0, "is_new": True,
        "sessions_ended": 0,
    }  # fmt: skip
    body = {"login": "new.analyst", "password": "guessed-at-once", "code": "000000"}
    assert api.send("POST", "/v1/sign-in/password", body=body).status_code == 401


def test_who_is_moved_by_two_is_out_at_once_and_nobody_moves_themselves(api, house, kept):
    def asked(login, role):
        body = {"login": login, "role": role, "organisation": 0}
        return house.post("wang.wei", "/v1/operations/staff", body).json()["approval"]

    path = "/v1/operations/staff-posts/{}/approval"
    own = asked("sun.hao", "regulator")
    before = kept()
    refused = house.post("sun.hao", path.format(own))
    unchanged = kept()

    moved = house.post("sun.hao", path.format(asked("li.na", "operator")))

    assert (refused.status_code, refused.json()["code"], unchanged) == (403, "own_work", before)
    assert (moved.json()["is_new"], moved.json()["sessions_ended"]) == (False, 1)
    assert api.get("/v1/delegations", house.tokens["li.na"]).status_code == 401


def test_a_team_sees_its_own_work_and_the_department_all_of_it(api, house):
    entry = {"list": "deny", "kind": "device", "value": "d-1", "days": 9, "why": "as it is tried"}
    house.post("li.na", "/v1/lists/entries", entry)
    house.post("zhao.min", "/v1/operations/router/resumption", {"why": "it is mended"})

    def inbox(query=""):
        answer = api.get(f"/v1/departments/digital_finance{query}", house.tokens["zhao.min"])
        return answer.status_code, [
            (one["operation"], one["team"]) for one in answer.json().get("inbox", ())
        ]

    lists = ("risk.list_add", "processes")
    assert lists in inbox()[1]
    assert inbox("?team=processes") == (200, [lists])
    assert inbox("?team=models") == (200, [])
    assert inbox("?team=nobodys") == (404, [])
