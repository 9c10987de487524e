"""Staff see the market as the records have it: whole days by lender, and one decision's lenders."""

import json

import pytest
from tests.integration.origination.conftest import BUSINESS_DATE, House
from tests.loaded import shipped_engine

from tongtu.identity.api import CommandKey, Role
from tongtu.journey.accept import Chosen, accept
from tongtu.journey.api import decision_lane


@pytest.fixture
def decided(api, parts, run):
    """Let three apply: one gets offers and takes the second, one no offer, one takes nothing."""
    lane = parts.decisions = decision_lane(parts.runtime, shipped_engine(parts.runtime.public))
    run(lane.start())
    try:
        house = House(parts.runtime, lane, run)
        first = house.borrower()
        asked = ({}, {"tenor_months": 100}, {"tenor_months": 12})
        answers = [
            house.apply(
                first if n == 0 else house.borrower(), key=f"key-{n:08d}", device=f"d{n}", **changes
            )
            for n, changes in enumerate(asked)
        ]
        told = [json.loads(answer.body) for answer in answers]
        application = parts.runtime.public.read("application", told[0]["application"])
        run(accept(house, first, application, Chosen(2), CommandKey("accept-00000001", b"b" * 32)))
        yield told
    finally:
        run(lane.stop())


def test_the_market_is_told_by_lender_and_each_decision_lender_by_lender(api, staff, decided):
    token = staff(Role.REGULATOR)
    offered, declined, _ = decided
    taken = offered["offers"][1]

    day = f"first={BUSINESS_DATE}&last={BUSINESS_DATE}"
    market = api.get(f"/v1/insight/market?{day}", token=token).json()
    by_name = {one["lender"]: one for one in market["lenders"]}
    routes = api.get(f"/v1/decisions/{offered['decision']}/lenders", token=token).json()

    assert (market["decisions"], market["chosen"], market["dearer_than_first"]) == (3, 1, 1)
    assert (market["by_persons"]["decisions"], market["by_persons"]["lenders"]) == (0, [])
    median = sorted(one["cost_minor"] for one in offered["offers"])[3]
    assert market["saving_minor"] == median - taken["cost_minor"]
    chosen = by_name[taken["lender"]["id"]]
    assert (chosen["chosen"], chosen["lent_minor"]) == (1, 3_000_000)
    assert market["irr12"]["least"] == min(
        (one["irr12_percent"] for answer in decided for one in answer["offers"]), key=float
    )
    told = [(one["lender"], one["place"], one["cost_minor"]) for one in routes["lenders"]]
    assert told == [(o["lender"]["id"], o["n"], o["cost_minor"]) for o in offered["offers"]]
    assert [one["is_taken"] for one in routes["lenders"]] == [False, True, *[False] * 5]
    assert chosen["worth_minor"] == routes["lenders"][1]["worth_minor"]
    # The lenders who said no are told by the words the applicant was told.
    routes = api.get(f"/v1/decisions/{declined['decision']}/lenders", token=token).json()
    told = {one["lender"]: one["reason_code"] for one in routes["lenders"]}
    assert told == {one["lender"]: one["reason_code"] for one in declined["not_offered"]}
    for one in declined["not_offered"]:
        assert by_name[one["lender"]]["refusals"] == {one["reason_code"]: 1}


def test_the_market_is_for_staff_and_its_days_are_in_order(api, staff, decided):
    path = f"/v1/decisions/{decided[0]['decision']}/lenders"

    assert [api.get(one).status_code for one in (path, "/v1/insight/market")] == [401, 401]
    assert api.get(path, token=staff(Role.LENDER, 1)).status_code == 403
    wrong = api.get(
        "/v1/insight/market?first=2026-11-25&last=2026-11-24", token=staff(Role.ANALYST)
    )
    assert (wrong.status_code, wrong.json()["code"]) == (422, "days_out_of_order")
    assert api.get("/v1/decisions/dc_nothing/lenders", token=staff(Role.ANALYST)).status_code == 404
