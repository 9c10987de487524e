"""A list holds its cheapest offer alone; another one takes its lender's budget when it is taken."""

import asyncio
import json
import random
from dataclasses import replace

import asyncpg
import pytest
from tests.integration.origination.conftest import BUSINESS_DATE

from tongtu.funding.api import open_day, release
from tongtu.journey.accept import Chosen, expire_offers
from tongtu.journey.accept import accept as accept_offer
from tongtu.journey.api import apply, decision_lane, gone_offers
from tongtu.kernel.errors import Conflict
from tongtu.kernel.ids import OfferId
from tongtu.origination.api import Accepting, accept, find_application

AMOUNT = 3_000_000
CELLS, LANES, EARLY, PEOPLE = 4, 16, 56, 72
# What lists that can still be taken hold, and what lenders promised; beside it what is reserved.
SUMS = """
select q.program, sum(q.reserved_minor)::int8,
       (select coalesce(sum(a.amount_minor), 0)::int8
          from origination.application a
          join origination.decision d on d.cell = a.cell and d.id = a.decision
         where q.program = any (origination.holding(d.programs, d.holds))
           and not exists (select from origination.acceptance t
               where t.cell = a.cell and t.application = a.id)
           and not exists (select from origination.expiry e
               where e.cell = a.cell and e.business_date = a.business_date))
     + (select coalesce(sum(c.amount_minor), 0)::int8 from funding.commitment c
         where c.program = q.program and c.state <> 'released')
  from funding.quota q group by q.program order by q.program
"""


@pytest.fixture
def offered(house):
    """Apply; return the caller, the application's id and its offers' programs by number."""

    def make(**changes):
        caller = house.borrower()
        answer = json.loads(house.apply(caller, **changes).body)
        application = house.runtime.public.read("application", answer["application"])
        codes = {one.code: one.id for one in house.decisions.engine.book.programs()}
        return caller, application, [codes[one["program"]] for one in answer["offers"]]

    return make


@pytest.fixture
def take(house, run, key):
    def one(caller, application, n):
        return json.loads(run(accept_offer(house, caller, application, Chosen(n), key())))

    return one


def leave(house, program, left_minor):
    """Leave a program so little of its day, and nothing beside it in the budget."""
    house.execute(
        "update funding.quota set limit_minor = reserved_minor + $2 where program = $1",
        program, left_minor,
    )  # fmt: skip
    house.execute(
        "update funding.budget b set allotted_minor = s.minor, limit_minor = s.minor"
        " from (select sum(limit_minor)::int8 as minor from funding.quota where program = $1) s"
        " where b.program = $1",
        program,
    )


def gone(house, run, caller, application):
    async def work():
        async with house.runtime.database.reading() as connection:
            view = await find_application(connection, caller, application)
            return await gone_offers(connection, house.runtime, view, [])

    return run(work())


def test_however_many_read_an_offer_that_is_not_the_cheapest_its_budget_is_nobodys(house, offered):
    lists = [offered(device=f"device-{n}")[2] for n in range(3)]

    assert lists == [[101, 701, 601, 301, 401, 201, 501]] * 3
    assert house.reserved() == {101: 3 * AMOUNT}
    assert house.rows("select distinct holds from origination.decision") == [(1,)]


def test_an_offer_whose_lender_lent_its_money_to_others_is_gone_and_the_rest_still_stand(
    house, offered, take, run
):
    caller, application, programs = offered()
    leave(house, programs[1], AMOUNT - 1)
    leave(house, programs[3], 0)
    before = house.reserved(), house.counts()

    with pytest.raises(Conflict) as refused:
        take(caller, application, 2)

    fields = refused.value.fields
    assert (refused.value.code, refused.value.status, fields["next"]) == (
        "offer_gone", 409, "choose_another",
    )  # fmt: skip
    left = json.loads(fields["offers"])
    assert [one["n"] for one in left] == [1, 3, 5, 6, 7]
    assert [one["total_minor"] for one in left] == sorted(one["total_minor"] for one in left)
    decision = house.value("select decision from origination.application")
    assert fields["decision"] == house.runtime.public.show("decision", decision)
    assert gone(house, run, caller, application) == (2, 4)
    # Nothing was taken and nothing let go: the cheapest stands as it was promised.
    assert (house.reserved(), house.counts()) == before
    for table in ("origination.acceptance", "origination.exposure", "funding.commitment"):
        assert house.value(f"select count(*) from {table}") == 0
    assert take(caller, application, 1)["step"] == "accepted"
    assert house.reserved() == {101: AMOUNT}
    assert gone(house, run, caller, application) == ()


def test_the_cheapest_can_be_taken_though_its_lender_has_nothing_left(house, offered, take):
    caller, application, programs = offered()
    leave(house, programs[0], 0)
    _, _, later = offered(device="device-2")
    assert programs[0] not in later

    assert take(caller, application, 1)["step"] == "accepted"


def test_a_slice_that_is_empty_is_given_what_its_budgets_still_have_and_no_more(
    house, offered, take
):
    caller, application, programs = offered()
    other, second, _ = offered(device="device-2")
    leave(house, programs[2], 1_000)
    house.execute(
        "update funding.budget set limit_minor = limit_minor + $2 where program = $1",
        programs[2], AMOUNT - 1_000,
    )  # fmt: skip

    assert take(caller, application, 3)["step"] == "accepted"

    held = {programs[0]: AMOUNT, programs[2]: AMOUNT}
    assert house.reserved() == held
    row = "select limit_minor, allotted_minor from funding.budget where program = $1"
    assert house.rows(row, programs[2]) == [(AMOUNT, AMOUNT)]
    with pytest.raises(Conflict) as refused:
        take(other, second, 3)
    assert (refused.value.code, house.reserved()) == ("offer_gone", held)
    assert house.rows(row, programs[2]) == [(AMOUNT, AMOUNT)]


def test_a_list_of_the_release_before_holds_each_of_its_offers_and_lets_the_others_go(
    house, offered, take
):
    caller, application, programs = offered()
    house.execute("update origination.decision set holds = null")
    house.execute(
        "update funding.quota set reserved_minor = $1 where program = any ($2)", AMOUNT, programs
    )
    for program in programs:
        leave(house, program, 0)

    take(caller, application, 3)

    assert house.reserved() == {programs[2]: AMOUNT}


def test_a_process_of_the_release_before_takes_no_offer_that_it_would_count_wrongly(house, offered):
    _, application, _ = offered()
    before = house.reserved()

    with pytest.raises(asyncpg.ObjectNotInPrerequisiteStateError):
        house.execute(
            "insert into origination.acceptance select cell, 1, id, decision, party, 2, 7, 701, 1,"
            " amount_minor, amount_minor, '{}'::jsonb, business_date, submitted_at, $2"
            " from origination.application where id = $1",
            application, bytes(16),
        )  # fmt: skip

    assert house.reserved() == before
    assert house.value("select count(*) from origination.acceptance") == 0


class Crowd:
    """People who decide and take at once; what each was told."""

    def __init__(self, house):
        self.house, self.draw, self.said = house, random.Random(5), []
        self.people = [house.borrower(shard=1 + 50 * n) for n in range(PEOPLE)]

    async def decide(self, n):
        asked = self.house.asked(device=f"device-{n}", key=f"key-{n:08d}")
        answer = json.loads((await apply(self.house, self.people[n], asked)).body)
        return self.house.runtime.public.read("application", answer["application"])

    async def choose(self, lane, n, application):
        runtime, choice = self.house.runtime, self.draw.choice([2, 3, 2, 3, 1])
        wish = Accepting(
            application, choice, None, OfferId(runtime.ids.new(n)), runtime.ids.new(n), bytes(16),
            runtime.clock.now(), runtime.settings.zone,
        )  # fmt: skip
        try:
            async with lane.transaction():
                await accept(lane, self.house.decisions.versions, self.people[n], wish)
        except Conflict as conflict:
            self.said.append(conflict.code)
        else:
            self.said.append("taken")

    async def all(self):
        """Let most decide first; then sixteen lanes take, while others come, decide and take."""
        lanes = [await self.house.runtime.database.lane_connection() for _ in range(LANES)]
        early = list(enumerate(await asyncio.gather(*map(self.decide, range(EARLY)))))
        later = iter(range(EARLY, PEOPLE))

        async def work(lane):
            while early:
                await self.choose(lane, *early.pop())
                if (n := next(later, None)) is not None:
                    await self.choose(lane, n, await self.decide(n))

        try:
            await asyncio.gather(*map(work, lanes))
        finally:
            for lane in lanes:
                await lane.close()


def test_sixteen_lanes_that_decide_and_take_never_pass_a_budget_and_every_sum_is_right(
    opened, runtime, run
):
    """Two lenders can serve fewer than want them; then lapse, a restart, the end of the day."""
    house = opened(replace(runtime, settings=replace(runtime.settings, cells=CELLS)))
    scarce, limit = [601, 701], 12 * AMOUNT
    for cell in range(CELLS):
        run(_in(house, open_day, cell, BUSINESS_DATE))
    quota = "update funding.quota set limit_minor = $2 where program = any ($1)"
    house.execute(quota, scarce, 2 * AMOUNT)
    budget = "update funding.budget set limit_minor = $2, allotted_minor = $3"
    house.execute(f"{budget} where program = any ($1)", scarce, limit, CELLS * 2 * AMOUNT)
    crowd = Crowd(house)

    run(crowd.all())

    assert set(crowd.said) == {"taken", "offer_gone"}
    sums = _sums(house)
    # Those who wanted them took all there was: the slices, and what the budgets had beside them.
    assert [sums[program] for program in scarce] == [limit, limit]
    allotted = "select program, allotted_minor from funding.budget where program = any ($1)"
    assert dict(house.rows(allotted, scarce)) == {601: limit, 701: limit}
    _lapse_restart_and_end(house, run, scarce)


def _sums(house):
    """Return what is reserved of each program; it is what lists hold and lenders promised."""
    rows = house.rows(SUMS)
    assert [held for _, held, _ in rows] == [due for _, _, due in rows]
    return {program: held for program, held, _ in rows}


def _lapse_restart_and_end(house, run, scarce):
    """A promise lapses, the process starts again, the day ends: the sums are right after each."""
    cell, commitment, program = house.rows(
        "select cell, id, program from funding.commitment where program = any ($1) limit 1", scarce
    )[0]
    before = _sums(house)
    run(_in(house, release, cell, commitment, house.runtime.clock.now()))
    assert _sums(house) == before | {program: before[program] - AMOUNT}
    again = decision_lane(house.runtime, house.decisions.engine)
    run(again.start())
    restarted = replace(house, decisions=again)
    answer = json.loads(restarted.apply(restarted.borrower(), device="after", key="key-after").body)
    run(again.stop())
    assert answer["outcome"] == "offers"
    assert sum(_sums(house).values()) == sum(before.values())  # one lapsed, one list is new
    for number in range(CELLS):
        run(_in(house, expire_offers, house.runtime, number, BUSINESS_DATE))

    promised = house.rows(
        "select program, sum(amount_minor)::int8 from funding.commitment where state <> 'released'"
        " group by program"
    )
    assert {one: held for one, held in _sums(house).items() if held} == dict(promised)


async def _in(house, step, *arguments):
    async with house.runtime.database.transaction() as connection:
        return await step(connection, *arguments)
