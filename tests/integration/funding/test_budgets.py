"""Day, month and contract: budgets of all cells, held by what their slices are allotted."""

import asyncio
import random
from datetime import UTC, date, datetime

import asyncpg
import pytest

from tongtu.funding.api import (
    Opening,
    QuotaKeeper,
    QuotaShort,
    change_limit,
    end_day,
    open_day,
    open_lenders,
    quotas,
    release_quota,
    reserve_quota,
)
from tongtu.funding.refill import elapsed
from tongtu.funding.store.quota import allot, give_back
from tongtu.kernel.errors import Conflict

DAY, NEXT = date(2026, 11, 24), date(2026, 11, 25)
AT = datetime(2026, 11, 24, 1, tzinfo=UTC)
CELLS = 4
BUSY = 10  # lanes of cell 0; the other six are of all cells
ROUNDS = 6
RESERVE = "select funding.reserve_batch($1, $2, $3, $4)"
LIMITS = """
update funding.program set day_limit_minor = $2::int8, slice_minor = $2::int8 / $6::int8, month_limit_minor = $3,
    capital_minor = $4, pace_ppm = $5 where id = $1
"""
BUDGET = "select limit_minor, allotted_minor from funding.budget where program = $1 and period = $2"
# Slices and budgets tell the same, and nobody is promised more than a budget holds.
STRANGE = """
select b.program, b.period, b.limit_minor, b.allotted_minor, s.sliced, s.reserved
  from funding.budget b
  cross join lateral (select coalesce(sum(q.limit_minor), 0) as sliced,
                             coalesce(sum(q.reserved_minor), 0) as reserved
        from funding.quota q where q.program = b.program and q.day >= b.since
         and (b.period <> 'day' or q.day = b.since)) s
 where s.sliced <> b.allotted_minor or s.reserved > b.limit_minor
"""


@pytest.fixture
def work(runtime, run):
    """Run one step in a transaction of its own."""

    def one(step, *arguments):
        async def inside():
            async with runtime.database.transaction() as connection:
                return await step(connection, *arguments)

        return run(inside())

    one.run, one.runtime = run, runtime
    return one


@pytest.fixture
def limited(work, book):
    """Open the lenders of the book over so many cells, with other limits for some programs."""

    def opened(cells=1, **limits):
        async def make(connection):
            await open_lenders(connection, book, Opening(date(2026, 11, 1), AT, cells))
            await connection.execute("delete from funding.quota")
            await connection.execute("delete from funding.budget")
            for name, given in limits.items():
                wanted = dict.fromkeys(("day", "month", "capital", "pace")) | given
                await connection.execute(LIMITS, int(name[1:]), *wanted.values(), cells)

        work(make)

    return opened


@pytest.fixture
def told(work):
    def rows(query, *arguments):
        async def ask(connection):
            return [tuple(row) for row in await connection.fetch(query, *arguments)]

        return work(ask)

    return rows


@pytest.mark.parametrize("seed", [1])
def test_sixteen_lanes_of_four_cells_never_pass_a_day_a_month_or_a_contract(
    work, limited, told, seed
):
    """Lanes of one cell have most of the work, so slices are moved to it while they reserve."""
    limited(
        CELLS, p101={"day": 40_000}, p301={"day": 30_000, "month": 33_000},
        p401={"day": 50_000, "capital": 21_000}, p501={"day": 24_000, "pace": 500_000},
    )  # fmt: skip
    runtime, run = work.runtime, work.run
    draw = random.Random(seed)
    programs, settings = [101, 301, 401, 501], runtime.settings
    object.__setattr__(settings, "cells", CELLS)
    keeper = QuotaKeeper(runtime)
    refused = rounds = 0

    async def lane(connection, cell):
        nonlocal refused
        # Until slices were filled up again and again, and were empty again each time.
        while rounds < ROUNDS:
            names = draw.sample(programs, draw.randrange(1, 4))
            amounts = [draw.randrange(50, 400) for _ in names]
            try:
                await connection.execute(RESERVE, cell, DAY, names, amounts)
            except asyncpg.PostgresError as error:
                assert error.sqlstate == "TQ001", error
                refused += 1

    async def keep():
        nonlocal rounds
        for _ in range(ROUNDS):
            await keeper.keep()
            rounds += 1

    async def everybody():
        connections = [await runtime.database.lane_connection() for _ in range(16)]
        try:
            lanes = [lane(one, 0 if n < BUSY else n % CELLS) for n, one in enumerate(connections)]
            await asyncio.gather(keep(), *lanes)
        finally:
            for one in connections:
                await one.close()

    run(everybody())

    assert told(STRANGE) == []
    held = dict(
        told("select program, sum(reserved_minor)::int8 from funding.quota where day = $1 "
             "and program = any ($2) group by 1", DAY, programs)
    )  # fmt: skip
    limits = {101: 40_000, 301: 30_000, 401: 21_000, 501: 24_000}
    assert all(held[program] <= limit for program, limit in limits.items())
    assert refused, "nothing ran out, so nothing was proved"
    # The busy cell reserved more than its even part: its slices were filled by the others'.
    busy = told("select reserved_minor from funding.quota where cell = 0 and program = 101")
    assert busy[0][0] > 10_000
    object.__setattr__(settings, "cells", 1)


def test_a_month_and_a_contract_stop_what_a_day_alone_would_hold(work, limited, told):
    limited(p101={"day": 1_000, "month": 1_500}, p301={"day": 1_000, "capital": 1_200})
    work(reserve_quota, 0, DAY, {101: 1_000, 301: 1_000})

    assert {n: work(quotas, 0, NEXT)[n] for n in (101, 301)} == {101: 500, 301: 200}
    with pytest.raises(QuotaShort):
        work(reserve_quota, 0, NEXT, {101: 501})
    assert told("select count(*) from funding.quota where day = $1", NEXT) == [(0,)]
    work(reserve_quota, 0, NEXT, {101: 500, 301: 200})

    assert work(quotas, 0, NEXT)[101] == work(quotas, 0, NEXT)[301] == 0
    assert [work(allot, 0, NEXT, (n, 10), 1_000_000) for n in (101, 301)] == [0, 0]
    # Another month has its own money; a contract has not.
    later = work(quotas, 0, date(2026, 12, 1))
    assert (later[101], later[301]) == (1_000, 0)
    assert told(STRANGE) == []


def test_a_month_has_again_what_a_day_that_is_over_left(work, limited, told):
    limited(p101={"day": 1_000, "month": 1_500})
    work(reserve_quota, 0, DAY, {101: 400})
    assert work(quotas, 0, NEXT)[101] == 500

    back = work(end_day, 0, DAY)

    assert told(BUDGET, 101, "month") == [(1_500, 400)]
    assert work(quotas, 0, NEXT)[101] == 1_000
    assert back >= 600  # other programs' days as well
    work(release_quota, 0, DAY, {101: 150})
    assert work(end_day, 0, DAY) == 150
    assert told(BUDGET, 101, "month") == [(1_500, 250)]
    assert work(end_day, 0, DAY) == 0
    assert told(STRANGE) == []


def test_a_paced_day_is_ready_little_by_little_and_never_beyond_its_limit(work, limited, told):
    limited(p101={"day": 10_000, "pace": 200_000})
    work(open_day, 0, DAY)
    assert work(quotas, 0, DAY)[101] == 2_000

    given = [work(allot, 0, DAY, (101, 50_000), part) for part in (0, 250_000, 250_000, 1_000_000)]

    # A fifth at once, the rest evenly: after a quarter of the day 4,000 of 10,000 are ready.
    assert given == [0, 2_000, 0, 6_000]
    assert work(quotas, 0, DAY)[101] == 10_000
    with pytest.raises(asyncpg.PostgresError):
        work(allot, 0, DAY, (101, 1), 1_000_001)
    assert told(STRANGE) == []


def test_a_paced_month_gives_each_day_an_even_share_of_its_rest(work, limited):
    limited(p101={"day": 10_000, "month": 14_000, "pace": 1_000_000})

    # The 24th is one of seven days left.
    assert work(quotas, 0, DAY)[101] == 2_000
    work(reserve_quota, 0, DAY, {101: 800})
    work(end_day, 0, DAY)

    assert work(quotas, 0, NEXT)[101] == 2_200
    assert work(quotas, 0, date(2026, 11, 30))[101] == 10_000


def test_what_a_slice_gives_back_another_cell_may_have(work, limited, told):
    limited(2, p101={"day": 1_000})
    work(reserve_quota, 0, DAY, {101: 400})
    work(open_day, 1, DAY)

    assert work(allot, 0, DAY, (101, 300), 0) == 0
    assert work(give_back, 1, DAY, (101, 300)) == 300
    assert work(allot, 0, DAY, (101, 900), 0) == 300

    assert (work(quotas, 0, DAY)[101], work(quotas, 1, DAY)[101]) == (400, 200)
    # What is reserved is nobody else's.
    assert work(give_back, 0, DAY, (101, 1_000)) == 400
    assert work(quotas, 0, DAY)[101] == 0
    assert told(STRANGE) == []


def test_a_slice_is_not_set_above_what_the_budgets_hold(work, limited, told):
    limited(p101={"day": 1_000})
    work(open_day, 0, DAY)

    with pytest.raises(Conflict):
        work(change_limit, 0, DAY, 101, 1_001)

    assert told(BUDGET, 101, "day") == [(1_000, 1_000)]
    assert work(quotas, 0, DAY)[101] == 1_000


def test_a_lowered_limit_stops_at_what_is_promised(work, limited, told, book):
    limited(p101={"day": 1_000, "month": 5_000})
    work(reserve_quota, 0, DAY, {101: 700})
    work(lambda c: c.execute("update funding.program set month_limit_minor = 100 where id = 101"))

    work(lambda c: c.execute("select funding.follow_limits($1)", DAY))

    assert told(BUDGET, 101, "month") == [(1_000, 1_000)]
    assert work(quotas, 0, NEXT)[101] == 0
    assert work(quotas, 0, DAY)[101] == 300


def test_the_part_of_a_business_day_is_told_by_the_clock_of_its_zone():
    def at(hour):
        return datetime(2026, 11, 24, hour, tzinfo=UTC)

    # Midnight in Shanghai is 16:00 of the day before.
    assert elapsed(at(4), DAY, "Asia/Shanghai") == 500_000
    assert elapsed(at(16), DAY, "Asia/Shanghai") == 1_000_000
    assert elapsed(at(4), NEXT, "Asia/Shanghai") == 0
