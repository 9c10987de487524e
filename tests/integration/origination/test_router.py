"""The router over a real database: prices from what was decided, a switch, records that replay."""

import json

import pytest
from tests.integration.origination.conftest import BUSINESS_DATE

from tongtu.funding.api import STEER_GUARD_PPM, Steering, change_limit, newest_prices, open_day
from tongtu.identity.api import CommandKey, Role, open_staff
from tongtu.journey.api import propose_resumption, resume_router, stop_router
from tongtu.kernel.errors import Conflict, NotAllowed
from tongtu.origination.api import ShadowPricing, explain_decision, replay

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
