"""Staff look into decisions: the list, one record, advice; and what the table opens to whom."""

import json

import pytest
from tests.integration.origination.conftest import House
from tests.loaded import shipped_engine

from tongtu.identity.api import Role, issue_token, open_staff
from tongtu.journey.api import decision_lane

LIST = "/v1/operations/applications"


@pytest.fixture
def decided(api, parts, run):
    """Let three apply: two get offers, the one between them gets none."""
    lane = parts.decisions = decision_lane(parts.runtime, shipped_engine(parts.runtime.public))
    run(lane.start())
    try:
        house = House(parts.runtime, lane, run)
        asked = ({}, {"tenor_months": 100}, {"tenor_months": 12})
        yield [
            json.loads(
                house.apply(house.borrower(), key=f"key-{n:08d}", device=f"d{n}", **changes).body
            )
            for n, changes in enumerate(asked)
        ]
    finally:
        run(lane.stop())


def test_the_list_is_newest_first_filtered_and_goes_on_page_by_page(api, staff, decided):
    token = staff(Role.ANALYST)
    newest_first = [one["application"] for one in reversed(decided)]

    first = api.get(f"{LIST}?limit=2", token=token).json()
    rest = api.get(f"{LIST}?limit=2&after={first['next']}", token=token).json()
    declined = api.get(f"{LIST}?outcome=declined", token=token).json()["items"]

    told = [one["application"] for one in first["items"] + rest["items"]]
    assert (told, rest["next"]) == (newest_first, None)
    assert [one["decision"] for one in declined] == [decided[1]["decision"]]
    assert api.get(f"{LIST}?product=car", token=token).json() == {"items": [], "next": None}


def test_a_record_says_what_the_person_was_told_and_what_was_known(api, staff, decided):
    path = f"/v1/decisions/{decided[0]['decision']}"

    found = api.get(path, token=staff(Role.REGULATOR)).json()

    assert found["answer"] == decided[0]
    assert (found["score"]["points"], found["score"]["band"]) == (
        decided[0]["score"]["points"], decided[0]["score"]["band"],
    )  # fmt: skip
    assert found["history"][-1]["step"] == found["step"] == "offers"
    assert set(found["hashes"]) >= {"pack", "model", "rules", "book"}


def test_staff_get_the_advice_that_the_declined_person_gets(api, staff, decided):
    path = f"/v1/decisions/{decided[1]['decision']}/advice"

    advice = api.get(path, token=staff(Role.OPERATOR)).json()

    assert advice["application"] == decided[1]["application"]
    assert [one["field"] for one in advice["changes"]] == ["tenor_months"]
    assert advice["offers"] > 0


def test_nobody_else_reads_a_record_and_a_look_at_one_is_kept_for_its_person(
    api, parts, run, staff, decided
):
    path = f"/v1/decisions/{decided[0]['decision']}"

    async def looks():
        async with parts.runtime.database.reading() as connection:
            return await connection.fetchval("select count(*) from access.look")

    for role in (Role.CLERK, Role.LENDER, Role.MERCHANT):
        assert api.get(path, token=staff(role, 1)).status_code == 403
        assert api.get(LIST, token=staff(role, 1)).status_code == 403
    assert api.get(path).status_code == 401
    before = run(looks())
    assert api.get(path, token=staff(Role.ANALYST)).status_code == 200
    assert (before, run(looks())) == (0, 1)


def test_what_is_open_to_a_member_of_staff_is_what_the_guard_lets_pass(api, staff):
    def opened(role, organisation=0):
        told = api.get("/v1/me/permissions", token=staff(role, organisation)).json()
        return told["role"], {one["operation"] for one in told["items"]}

    analyst, operator = opened(Role.ANALYST), opened(Role.OPERATOR)
    head, branch = opened(Role.CLERK), opened(Role.CLERK, 1)

    assert (analyst[0], operator[0]) == ("analyst", "operator")
    assert "POST /v1/rules" in analyst[1] and "POST /v1/operations/day-ends" not in analyst[1]
    assert "POST /v1/operations/day-ends" in operator[1]
    assert "GET /v1/reviews" in head[1]
    # A clerk of a branch is shut out of lists, and passes with the person's own code.
    assert "GET /v1/reviews" not in branch[1]
    assert "POST /v1/verification-resumptions" in branch[1]
    assert api.get("/v1/reviews", token=staff(Role.CLERK, 1)).status_code == 403


def test_at_home_one_looks_around_the_demo_as_its_staff_and_from_afar_there_is_nothing(
    api, parts, run
):
    run(open_staff(parts.runtime, "demo-analyst", Role.ANALYST))
    run(open_staff(parts.runtime, "somebody", Role.OPERATOR))
    named = {"login": "demo-analyst"}

    listed = api.get("/v1/demo/staff").json()["items"]
    entered = api.post("/v1/demo/staff-sessions", named).json()

    assert listed == [{"login": "demo-analyst", "role": "analyst", "organisation": 0}]
    told = api.get("/v1/me/permissions", token=entered["token"]).json()
    assert (told["login"], told["is_demo"]) == ("demo-analyst", True)
    for wrong in ({"login": "somebody"}, {"login": "demo-nobody"}):
        assert api.post("/v1/demo/staff-sessions", wrong).status_code in (404, 422)
    for name in ("forwarded", "x-forwarded-for", "via"):  # a proxy that stands at home
        headers = {name: "for=203.0.113.7"}
        assert api.run(api.client.get("/v1/demo/staff", headers=headers)).status_code == 404
    api.client._transport.client = ("203.0.113.7", 40_000)
    assert api.get("/v1/demo/staff").status_code == 404
    assert api.post("/v1/demo/staff-sessions", named).status_code == 404


def test_outside_the_demo_nobody_enters_without_a_proof(real_api, parts, run):
    caller = run(open_staff(parts.runtime, "demo-analyst", Role.ANALYST))
    assert real_api.post("/v1/demo/staff-sessions", {"login": "demo-analyst"}).status_code == 404
    told = real_api.get("/v1/me/permissions", token=run(issue_token(parts.runtime, caller)).text)
    assert told.json()["is_demo"] is False
