"""The router over a real database: prices from what was decided, a switch, records that replay."""

import json

import numpy as np
import pytest
from tests.integration.origination.conftest import ALL_CONSENTS, BUSINESS_DATE

from tongtu.funding.api import STEER_GUARD_PPM, Steering, change_limit, newest_prices, open_day
from tongtu.identity.api import CommandKey, Role, Scope, consent_bit, open_staff
from tongtu.journey.api import propose_resumption, resume_router, stop_router
from tongtu.kernel.errors import Conflict, NotAllowed
from tongtu.origination.api import ShadowPricing, explain_decision, replay
from tongtu.origination.flow.recent import RecentRecords
from tongtu.simulators.api import Truth

PEOPLE = 12


@pytest.fixture
def pricing(house):
    return ShadowPricing(house.runtime, lambda: house.decisions)


@pytest.fixture
def apply(house):
    """Let so many different people apply at once; return their answers."""
    numbers = iter(range(1_000))

    def people(count):
        found = []
        for _ in range(count):
            n = next(numbers)
            answer = house.apply(house.borrower(), key=f"key-{n:08d}", device=f"device-{n}")
            found.append(json.loads(answer.body))
        return found

    return people


@pytest.fixture
def scarce(house, run):
    """Leave a program so many fen of the day."""

    async def work(program, left_minor):
        async with house.runtime.database.transaction() as connection:
            await open_day(connection, 0, BUSINESS_DATE)
            held = await connection.fetchval(
                "select reserved_minor from funding.quota where program = $1", program
            )
            await change_limit(connection, 0, BUSINESS_DATE, program, held + left_minor)
            # The budget of the day shrinks with it: another cell has nothing to lend.
            await connection.execute(
                "update funding.budget set limit_minor = allotted_minor where program = $1", program
            )

    return lambda program, left_minor: run(work(program, left_minor))


def read(house, run, question, *arguments):
    async def work():
        async with house.runtime.database.reading() as connection:
            return await question(connection, *arguments)

    return run(work())


def test_scarce_money_has_its_price_and_what_it_steered_stands_in_the_record(
    house, run, pricing, apply, scarce
):
    assert house.decisions.steering is None
    first = run(pricing.price())
    assert first == Steering(STEER_GUARD_PPM)  # nobody was decided yet: nothing is scarce
    before = apply(PEOPLE)
    assert {one["recommended"] for one in before} == {1}
    cheapest = before[0]["offers"][0]["program"]
    program = next(one.id for one in house.decisions.engine.book.programs() if one.code == cheapest)
    scarce(program, 7_000_000)

    steering = run(pricing.price())

    assert [scarce_one for scarce_one, _ in steering.tolls] == [program]
    kept = read(house, run, newest_prices)
    assert (kept.steering, kept.cases) == (steering, PEOPLE)
    (after,) = apply(1)
    assert [one["program"] for one in after["offers"]] == [
        one["program"] for one in before[0]["offers"]
    ]
    decision = house.runtime.public.read("decision", after["decision"])
    told = run(explain_decision(house.runtime, house.decisions.versions, decision))
    toll = dict(steering.tolls)[program] * 3_000_000 // 1_000_000
    assert [line.toll_minor for line in told.lines] == [toll, *[0] * (len(told.lines) - 1)]
    assert told.is_steered
    assert sum(line.is_recommended for line in told.lines) == 1
    again = run(replay(house.runtime, house.decisions, decision))
    assert (again.is_same, again.changed) == (True, ())
    # Another process begins with these prices.
    house.decisions.steering = None
    run(pricing.follow_switch())
    assert house.decisions.steering == steering


def test_a_decision_is_read_once_however_often_the_newest_are_asked_for(house, run, apply):
    recent, runtime = RecentRecords(PEOPLE), house.runtime

    def look():
        at, versions = runtime.clock.now(), house.decisions.versions
        records = run(recent.read(runtime.database, versions, 0, at))
        return [record.case.request.decision for _, record in records], recent.decoded

    apply(PEOPLE)
    stored = [n for (n,) in house.rows("select id from origination.decision order by id")]
    assert look() == (stored, PEOPLE)
    assert look() == (stored, PEOPLE)
    apply(1)

    newest = [n for (n,) in house.rows("select id from origination.decision order by id")][1:]
    assert look() == (newest, PEOPLE + 1)


def test_one_operator_stops_the_router_at_once_and_two_persons_let_it_go_on(
    house, run, pricing, apply
):
    runtime = house.runtime
    staff = [run(open_staff(runtime, f"o{n}", Role.OPERATOR)) for n in range(2)]
    analyst = run(open_staff(runtime, "a", Role.ANALYST))
    keys = (CommandKey(f"switch-{n:08d}", bytes([n]) * 32) for n in range(20))
    run(pricing.price())

    with pytest.raises(NotAllowed):
        run(stop_router(runtime, analyst, "not mine to stop", next(keys)))
    with pytest.raises(Conflict):
        run(propose_resumption(runtime, analyst, "it is on", next(keys)))
    assert house.value("select count(*) from funding.router_switch") == 0
    run(stop_router(runtime, staff[0], "prices look wrong", next(keys)))
    run(pricing.follow_switch())

    assert "recommended" not in apply(1)[0]
    assert run(pricing.price()) is None
    with pytest.raises(Conflict):
        run(stop_router(runtime, staff[1], "twice", next(keys)))
    proposed = json.loads(run(propose_resumption(runtime, staff[0], "mended", next(keys))))
    approval = runtime.public.read("approval", proposed["approval"])
    with pytest.raises(NotAllowed):
        run(resume_router(runtime, staff[0], approval, next(keys)))
    run(pricing.follow_switch())
    assert house.decisions.steering is None

    run(resume_router(runtime, staff[1], approval, next(keys)))
    run(pricing.follow_switch())

    assert apply(1)[0]["recommended"] == 1
    assert house.rows("select is_off, why from funding.router_switch order by id") == [
        (True, "prices look wrong"),
        (False, "mended"),
    ]


def test_two_of_equal_risk_and_cost_pay_the_same_however_willing_they_are(house, run, pricing):
    """The eager come often, at night, by an expensive device, ask for pushes; nothing of it prices.

    By the simulated truth (`simulators/market/willing.py`) they would bear 3.5 points more.
    """
    run(pricing.price())
    truth = Truth(default_ppm=(4_000,), middle_bps=(1_000,))
    band, rate = np.array([0]), np.array([900])
    chance = [float(truth.accept(band, rate, np.array([eager]))[0]) for eager in (False, True)]
    assert chance[1] > chance[0] + 0.2
    marketing = 1 << consent_bit(Scope.MARKETING, 0)
    cool = house.borrower()
    eager = house.borrower(consents=ALL_CONSENTS | marketing)
    for n in range(2):  # looked already, for another amount, and took nothing
        house.apply(eager, key=f"look-{n:08d}", device="phone-pro-max", amount_minor=1_000_000)

    told = [
        json.loads(house.apply(who, key=f"both-{n:08d}", device=device, address=address).body)
        for n, (who, device, address) in enumerate(
            [(cool, "phone-old", "198.51.100.7"), (eager, "phone-pro-max", "203.0.113.9")]
        )
    ]

    assert told[0]["score"] == told[1]["score"]
    prices = [
        [(one["program"], one["rate_percent"], one["cost_minor"]) for one in answer["offers"]]
        for answer in told
    ]
    assert prices[0] == prices[1] != []
    assert told[0]["recommended"] == told[1]["recommended"]
