"""What the console reads beside the commands: rings and a word on one, a lender's desk, the audit."""

import json

import pytest
from tests.integration.origination.conftest import House
from tests.loaded import shipped_engine

from tongtu.identity.api import Caller, CommandKey, Role, issue_token, open_staff
from tongtu.journey.accept import Chosen, accept
from tongtu.journey.api import decision_lane


@pytest.fixture
def lived(api, parts, run):
    """Three people apply with one telephone, the first takes an offer."""
    lane = parts.decisions = decision_lane(parts.runtime, shipped_engine(parts.runtime.public))
    run(lane.start())
    house = House(parts.runtime, lane, run)
    people = [house.borrower() for _ in range(3)]
    bodies = [house.apply(one, key=f"ring-{n:08d}", device="one") for n, one in enumerate(people)]
    yield house, people, [json.loads(one.body) for one in bodies]
    run(lane.stop())


def members(api, *roles):
    runtime, tokens = api.parts.runtime, []
    for n, role in enumerate(roles):
        made = api.run(open_staff(runtime, f"m{n}.{role.value}", role, 0))
        caller = Caller(role, made.subject, 0, 0)
        tokens.append(api.run(issue_token(runtime, caller)).text)
    return tokens


def test_a_ring_is_held_and_released_by_two_persons(api, lived):
    _, people, _ = lived
    maker, checker = members(api, Role.ANALYST, Role.OPERATOR)
    (ring,) = api.get("/v1/rings", maker).json()["items"]
    shown = {api.parts.runtime.public.show("party", one.subject) for one in people}
    assert {one["party"] for one in ring["members"]} == shown
    assert [(one["kind"], one["stands_on"]) for one in ring["ties"]] == [("device", None)]

    def word(said):
        body = {"said": said, "days": 30, "why": "one telephone for three"}
        return api.post(f"/v1/rings/{ring['ring']}/word", body, token=maker).json()["approval"]

    def allow(approval, token):
        return api.post(f"/v1/operations/ring-words/{approval}/approval", token=token)

    held = word("hold")
    terms = api.get(f"/v1/operations/proposals/{held}", checker).json()["terms"]
    own = allow(held, maker)
    unchanged = api.get("/v1/lists/entries", maker).json()["items"]
    assert (own.status_code, own.json()["code"], unchanged) == (403, "own_work", [])
    assert (terms["said"], terms["keys"], terms["persons"]) == ("hold", 1, 3)
    assert allow(held, checker).json()["list"] == "watch"
    assert allow(word("release"), checker).json()["entries"] == 1
    # The last word counts: what is released is watched no more.
    assert [one["list"] for one in api.get("/v1/lists/entries", maker).json()["items"]] == ["allow"]
    (ring,) = api.get("/v1/rings", maker).json()["items"]
    assert ring["ties"][0]["stands_on"] == "allow"
    assert api.get("/v1/operations/changes", maker).status_code == 403
    changes = api.get("/v1/operations/changes?operation=risk.ring_word", checker).json()["items"]
    told = [(one["state"], one["proposed_login"], one["decided_login"]) for one in changes]
    assert told == [("spent", "m0.analyst", "m1.operator")] * 2
    assert changes[0]["terms"]["said"] == "release"
    assert api.post("/v1/rings/rg_nothing/word", {}, token=maker).status_code == 422


def test_a_lender_sees_its_own_quota_prices_and_promises_alone(api, run, lived):
    house, _, _ = lived
    runtime, person = api.parts.runtime, house.borrower()
    told = json.loads(house.apply(person, key="alone-000000001", device="another").body)
    offer = told["offers"][0]
    application = runtime.public.read("application", told["application"])
    run(accept(house, person, application, Chosen(1), CommandKey("take-00000001", b"b" * 32)))
    lender = next(one for one in api.parts.book.lenders if one.id == offer["lender"]["id"])
    caller = run(open_staff(runtime, "of.lender", Role.LENDER, int(lender.number)))
    token = run(issue_token(runtime, Caller(Role.LENDER, caller.subject, lender.number, 0))).text

    (desk,) = api.get("/v1/lender-desks", token).json()["items"]
    waiting = api.get(f"/v1/lender-desks/{lender.id}/waiting", token).json()["items"]

    assert (desk["lender"], desk["is_listed"], desk["paid"]) == (lender.id, True, [])
    reserved = [one["day"]["used_minor"] for one in desk["programs"]]
    assert sum(reserved) >= 3_000_000
    for program, shown in zip(lender.programs, desk["programs"], strict=True):
        assert shown["day"]["limit_minor"] == program.day_limit_minor
        assert shown["policy"]
        for cell in shown["prices"]:
            price = api.parts.book.price(program.id, cell["band"], cell["tenor_to_months"])
            assert float(cell["rate_percent"]) == price.rate_bps / 100
            assert cell["is_within_cap"]
            assert float(cell["irr12_percent"]) >= float(cell["rate_percent"])
    assert [(one["application"], one["state"]) for one in waiting] == [
        (told["application"], "committed")
    ]
    other = next(one for one in api.parts.book.lenders if one is not lender)
    assert api.get(f"/v1/lender-desks/{other.id}/waiting", token).status_code == 404
    (operator,) = members(api, Role.OPERATOR)
    everybody = api.get("/v1/lender-desks", operator).json()["items"]
    assert len(everybody) == len(api.parts.book.everybody())


def test_who_looked_is_told_to_the_operator_and_the_table_is_what_the_guard_reads(api, lived):
    _, _, told = lived
    analyst, operator = members(api, Role.ANALYST, Role.OPERATOR)
    api.get(f"/v1/decisions/{told[0]['decision']}", analyst)

    looks = api.get("/v1/operations/looks", operator).json()["items"]

    assert [(one["login"], one["shows"], one["why"]) for one in looks] == [
        ("m0.analyst", "decision", "risk")
    ]
    mine = f"/v1/operations/looks?party={looks[0]['party']}&staff={looks[0]['staff']}"
    assert len(api.get(f"{mine}&shows=decision", operator).json()["items"]) == 1
    assert api.get(f"{mine}&shows=loan", operator).json()["items"] == []
    table = api.get("/v1/permission-table", analyst).json()["items"]
    assert len(table) == len(api.parts.permissions)
    row = next(one for one in table if one["operation"] == "GET /v1/operations/looks")
    assert row["who"] == ["operator", "regulator"]
    logins = [one["login"] for one in api.get("/v1/operations/members", operator).json()["items"]]
    assert logins == ["m0.analyst", "m1.operator"]
