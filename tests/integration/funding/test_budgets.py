"""Day, month and contract: budgets of all cells, held by what their slices are allotted."""

import asyncio
import random
import re
from datetime import UTC, date, datetime
from importlib.resources import files

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
from tongtu.funding.store.quota import allot, follow_limits, give_back
from tongtu.kernel.errors import Conflict

BUDGETS_SQL = "0013_a_month_and_a_contract_have_their_budgets_and_a_day_its_pace.sql"
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
         and (b.period <> 'day' or q.day = b.since)
         and (b.period <> 'month' or funding.month_of(q.day) = b.since)) s
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


# As a release before budgets leaves them: a day's slices whole, though little of them was lent.
PAST = """
insert into funding.quota (cell, day, program, limit_minor, reserved_minor)
select 0, day, $1, 1000, 100 from unnest($2::date[]) as past(day)
"""
# As the upgrade gives them a budget.
PAST_BUDGET = """
insert into funding.budget (program, period, since, limit_minor, allotted_minor)
select program, 'day', day, 1000, limit_minor from funding.quota where program = $1
"""


def test_days_of_before_the_budgets_never_raise_a_limit_and_count_for_what_they_lent(
    work, limited, told
):
    limited()
    days = [date(2026, 6, 1), *(date(2026, 11, n) for n in (1, 2, 3))]  # one beyond two months
    work(lambda c: c.execute(PAST, 101, days))
    work(lambda c: c.execute(PAST_BUDGET, 101))
    work(lambda c: c.execute(LIMITS, 101, 1_000, 2_000, 3_000, None, 1))

    # Until those days are ended they count whole, so nothing is lent beyond what was agreed.
    work(open_day, 0, DAY)
    assert told(BUDGET, 101, "month") == [(3_000, 3_000)]
    assert work(allot, 0, DAY, (101, 1_000), 1_000_000) == 0
    assert work(quotas, 0, DAY)[101] == 0
    object.__setattr__(work.runtime.settings, "cells", 1)
    work.run(QuotaKeeper(work.runtime).keep())

    assert sorted(told(BUDGET, 101, "month")) == [(2_000, 100), (2_000, 1_300)]
    assert told(BUDGET, 101, "capital") == [(3_000, 1_400)]
    assert work(quotas, 0, DAY)[101] == 1_000
    with pytest.raises(QuotaShort):
        work(reserve_quota, 0, NEXT, {101: 701})
    assert told(STRANGE) == []


def test_a_raised_budget_row_lends_no_more_than_the_program_says(work, limited, told):
    """What is allotted beyond a limit is in its row's limit; let go, it is nobody's to lend."""
    limited(p101={"day": 1_000})
    for day in (date(2026, 11, 1), date(2026, 11, 2), DAY):
        work(reserve_quota, 0, day, {101: 900})
    work(lambda c: c.execute(LIMITS, 101, 1_000, 1_000, 1_000, None, 1))
    work(open_day, 0, NEXT)
    assert told(BUDGET, 101, "month") == [(3_000, 3_000)]

    work(give_back, 0, DAY, (101, 100))

    assert work(allot, 0, NEXT, (101, 100), 1_000_000) == 0
    assert work(quotas, 0, NEXT)[101] == 0
    assert told(BUDGET, 101, "month") == [(3_000, 2_900)]
    assert told(STRANGE) == []


def test_the_upgrade_ends_the_days_that_are_over(work, limited, told):
    limited()
    text = (files("tongtu.funding") / "sql" / BUDGETS_SQL).read_text(encoding="utf-8")
    (lower,) = re.findall(
        r"update funding\.quota q set limit_minor = q\.reserved_minor[^;]+;", text
    )
    work(lambda c: c.execute(PAST, 101, [date(2026, 6, 1), DAY]))

    work(lambda c: c.execute(lower))

    stand = told("select day, limit_minor from funding.quota where program = 101 order by day")
    assert stand == [(date(2026, 6, 1), 100), (DAY, 1_000)]


def test_a_limit_that_was_taken_away_binds_nobody_and_counts_all_when_it_is_back(
    work, limited, told
):
    limited(p101={"day": 1_000, "month": 1_500, "capital": 1_600})
    work(reserve_quota, 0, DAY, {101: 1_000})
    work(lambda c: c.execute(LIMITS, 101, 1_000, None, None, None, 1))
    work(follow_limits, DAY)

    work(reserve_quota, 0, NEXT, {101: 1_000})

    assert told(BUDGET, 101, "month") == told(BUDGET, 101, "capital") == []
    work(lambda c: c.execute(LIMITS, 101, 1_000, 2_500, None, None, 1))
    work(follow_limits, DAY)
    work(reserve_quota, 0, date(2026, 11, 26), {101: 500})
    with pytest.raises(QuotaShort):
        work(reserve_quota, 0, date(2026, 11, 26), {101: 1})
    assert told(BUDGET, 101, "month") == [(2_500, 2_500)]
    assert told(STRANGE) == []


WAITING = "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and query = $1"
OF_ONE = "select from funding.budget where program = $1 and period = 'month' for update"


def test_limits_are_followed_in_the_order_in_which_everybody_locks_budgets(work, limited, told):
    limited(p101={"day": 1_000, "month": 1_500}, p301={"day": 1_000, "month": 1_500})
    for program in (301, 101):  # the later one lies first in the table
        work(lambda c, one=program: c.execute("select funding.hold_budgets($1, $2)", one, DAY))
    work(lambda c: c.execute("update funding.program set month_limit_minor = 1600"))
    follow, database = "select funding.follow_limits('2026-11-24')", work.runtime.database

    async def together():
        first, second, look = [await database.lane_connection() for _ in range(3)]
        try:
            held = first.transaction()
            await held.start()
            await first.execute(OF_ONE, 101)
            waits = asyncio.create_task(second.execute(follow))
            while not await look.fetchval(WAITING, follow):
                pass
            # It waits for the first and holds no later one.
            await look.execute(f"{OF_ONE} nowait", 301)
            await held.commit()
            await waits
        finally:
            for one in (first, second, look):
                await one.close()

    work.run(asyncio.wait_for(together(), 30))

    assert told(BUDGET, 101, "month") == told(BUDGET, 301, "month") == [(1_600, 0)]


def test_the_part_of_a_business_day_is_told_by_the_clock_of_its_zone():
    def at(hour):
        return datetime(2026, 11, 24, hour, tzinfo=UTC)

    # Midnight in Shanghai is 16:00 of the day before.
    assert elapsed(at(4), DAY, "Asia/Shanghai") == 500_000
    assert elapsed(at(16), DAY, "Asia/Shanghai") == 1_000_000
    assert elapsed(at(4), NEXT, "Asia/Shanghai") == 0
