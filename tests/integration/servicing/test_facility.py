from __future__ import annotations

import asyncio
import random
from datetime import timedelta

import asyncpg
import pytest

from tongtu.kernel.errors import Broken, Conflict, Refused
from tongtu.ledger.api import (
    Account,
    AccountKind,
    Code,
    Transfer,
    balances_equal_replay,
    open_accounts,
    post,
)
from tongtu.runtime.api import business_date
from tongtu.servicing.api import (
    Change,
    EventKind,
    FacilityChange,
    FacilityKind,
    Grant,
    Money,
    NewFacility,
    NewLoan,
    Target,
    change_facility,
    facility_differences,
    find_facility,
    open_draw,
    open_facility,
    preview_change,
    record_change,
    release_draw,
    reserve_draw,
    take_up_draw,
)

from .conftest import plan

K = FacilityKind
LIMIT = 5_000_000
TABLES = ("facility", "facility_event", "draw", "loan")


class Line:
    """A borrower's facility and what is done with it."""

    def __init__(self, house):
        self.house, self.id, start = house, house.new(), house.today()
        day = timedelta(days=1)
        grant = Grant(LIMIT, 720, start, start + 730 * day, start + 365 * day)
        new = NewFacility(self.id, house.party, 1, "consumer_cash", grant)
        self.grant = grant
        self.do(lambda c: open_facility(c, house.runtime, new))

    def do(self, act):
        async def work():
            async with self.house.runtime.database.transaction() as connection:
                return await act(connection)

        return self.house.run(work())

    def state(self, as_of=None):
        return self.do(lambda c: find_facility(c, 0, self.id, as_of))

    def change(self, kind, **rest):
        change = FacilityChange(kind, **rest)
        return self.do(lambda c: change_facility(c, self.house.runtime, 0, self.id, change))

    def preview(self, kind, **rest):
        return self.do(lambda c: preview_change(c, 0, self.id, FacilityChange(kind, **rest)))

    def reserve(self, amount, number=None):
        wish = (number or self.house.new(), self.id, amount)
        return self.do(lambda c: reserve_draw(c, self.house.runtime, 0, wish))

    def release(self, draw):
        return self.do(lambda c: release_draw(c, self.house.runtime, 0, draw))

    def arrive(self, draw, *, rate=None, party=None):
        """Let a draw's money arrive: hold, then loan, as a payout would."""
        house = self.house
        terms = plan(draw.amount_minor, rate or draw.rate_bps, 6, 0, house.today())
        new = NewLoan(
            house.new(), party or house.party, house.new(), house.new(), 1, 1, "consumer_cash",
            terms,
        )  # fmt: skip
        money = Money(house.new(), draw.amount_minor, terms.opened_on)

        async def work(connection):
            funds = Account(0, AccountKind.LENDER_FUNDS, 1)
            payout = Account(0, AccountKind.CLEARING_PAYOUT)
            await open_accounts(connection, [funds, payout])
            hold = Transfer(house.new(), funds.id, payout.id, money.amount_minor, Code.PAYOUT_HOLD)
            day = await business_date(connection)
            await post(connection, 0, [hold], day, house.runtime.clock.now())
            await open_draw(connection, house.runtime, draw.id, new, money)

        self.do(work)
        return new

    def undo(self, loan, seq):
        house = self.house
        asked = Change(EventKind.UNDONE, house.today(), Target(seq))
        return self.do(lambda c: record_change(c, house.runtime, 0, loan, asked))

    def rows(self):
        return [
            self.house.fetch(f"select * from servicing.{table} order by 1, 2, 3")
            for table in TABLES
        ] + [self.house.fetch("select * from evidence.batch order by 1, 2")]

    def differences(self):
        return self.do(lambda c: facility_differences(c, 0))


@pytest.fixture
def line(house):
    return Line(house)


def test_a_draw_is_a_loan_of_its_own_and_what_is_repaid_may_be_drawn_again(line):
    house = line.house
    first = line.arrive(line.reserve(2_000_000))
    second = line.arrive(line.reserve(1_000_000))
    assert (line.state().used_minor, line.state().available_minor) == (3_000_000, 2_000_000)

    house.close(31)
    done = house.repay(first.id, 400_000)

    back = 2_000_000 - done.state.outstanding_minor
    assert 300_000 < back < 400_000
    assert line.state().available_minor == 2_000_000 + back
    loans = house.fetch("select id, outstanding_minor from servicing.loan order by id")
    assert [tuple(row) for row in loans] == [
        (first.id, 2_000_000 - back), (second.id, 1_000_000),
    ]  # fmt: skip
    principal = Account(0, AccountKind.LOAN_PRINCIPAL, 1, "consumer_cash").id
    balance = house.fetch("select balance_minor from ledger.account where id = $1", principal)
    assert balance[0][0] == line.state().used_minor == 3_000_000 - back
    replay = line.do(balances_equal_replay)
    assert (replay.differences, replay.sum_minor) == (0, 0)
    house.close()
    assert line.differences() == 0


def test_a_draw_whose_money_left_after_it_was_given_back_is_a_loan_whatever_is_available(line):
    house, draw = line.house, line.reserve(2_000_000)

    def take_up():
        line.do(lambda c: take_up_draw(c, house.runtime, 0, draw.id))

    with pytest.raises(Conflict):  # it was not given back
        take_up()
    assert line.release(draw.id)
    line.reserve(LIMIT)
    line.change(K.FROZEN)

    take_up()
    line.arrive(draw)

    state = line.state()
    assert (state.used_minor, state.reserved_minor) == (2_000_000, LIMIT)
    assert line.differences() == 0
    before = line.rows()
    with pytest.raises(Conflict):
        take_up()
    assert line.rows() == before


def test_draws_at_once_never_pass_the_limit(line):
    runtime = line.house.runtime

    async def one(number):
        try:
            async with runtime.database.transaction() as connection:
                return await reserve_draw(connection, runtime, 0, (number, line.id, 900_000))
        except Refused as refusal:
            return refusal.code

    async def all_at_once(numbers):
        return await asyncio.gather(*(one(number) for number in numbers))

    answers = line.house.run(all_at_once([line.house.new() for _ in range(12)]))

    assert answers.count("facility_short") == 7
    assert line.state().reserved_minor == 5 * 900_000
    assert line.differences() == 0


def test_the_same_wish_is_one_draw_and_another_under_its_id_is_a_conflict(line):
    number = line.house.new()
    first = line.reserve(1_000_000, number)
    before = line.rows()

    assert line.reserve(1_000_000, number) == first
    with pytest.raises(Conflict):
        line.reserve(1_000_001, number)

    assert line.rows() == before
    assert line.state().reserved_minor == 1_000_000


def test_a_draw_given_back_is_free_again_once(line):
    draw = line.reserve(LIMIT)
    assert line.state().available_minor == 0

    assert line.release(draw.id) is True
    assert line.release(draw.id) is False

    assert line.state().available_minor == LIMIT
    before = line.rows()
    with pytest.raises(Conflict, match="reserved no more"):
        line.arrive(draw)
    assert line.rows() == before


def test_a_draw_that_arrived_is_not_given_back(line):
    draw = line.reserve(1_000_000)
    line.arrive(draw)
    before = line.rows()

    with pytest.raises(Conflict, match="has arrived"):
        line.release(draw.id)
    with pytest.raises(Conflict, match="no such draw"):
        line.release(draw.id + 1)

    assert line.rows() == before


CHANGES = [
    (K.RAISED, {"limit_minor": 6_000_000}),
    (K.LOWERED, {"limit_minor": 1_500_000}),
    (K.FROZEN, {}),
    (K.REPRICED, {"rate_bps": 690}),
]


@pytest.mark.parametrize(("kind", "rest"), CHANGES)
def test_a_preview_is_what_comes_of_it_and_changes_nothing(line, kind, rest):
    line.arrive(line.reserve(2_000_000))
    before = line.rows()

    seen = line.preview(kind, **rest)
    assert line.rows() == before

    assert line.change(kind, **rest) == seen == line.state()


def test_a_price_of_a_later_day_is_for_draws_from_that_day_on_and_no_loan_feels_it(line):
    house = line.house
    loan = line.arrive(line.reserve(1_000_000))
    agreed = line.reserve(500_000)
    tomorrow = house.today() + timedelta(days=1)
    seen = line.preview(K.REPRICED, rate_bps=1_080, on=tomorrow)
    assert line.change(K.REPRICED, rate_bps=1_080, on=tomorrow) == seen
    assert (seen.as_of, seen.rate_bps) == (tomorrow, 1_080)
    assert line.state().rate_bps == 720
    terms = house.fetch("select terms from servicing.loan where id = $1", loan.id)

    house.close()

    assert line.state().rate_bps == 1_080
    assert line.reserve(100_000).rate_bps == 1_080
    assert house.fetch("select terms from servicing.loan where id = $1", loan.id) == terms
    # What was agreed at the old price is lent at it.
    before = line.rows()
    with pytest.raises(Broken, match="not what was drawn"):
        line.arrive(agreed, rate=1_080)
    assert line.rows() == before
    assert line.arrive(agreed).terms.rate_bps == 720


def test_a_review_opens_the_next_year_and_none_of_it_keeps_the_limit_shut(line):
    house = line.house
    house.jump(366)
    before = line.rows()
    with pytest.raises(Refused) as refusal:
        line.reserve(1)
    assert refusal.value.code == "facility_review_due"
    assert line.rows() == before

    line.change(K.REVIEWED, until=house.today() + timedelta(days=364))

    assert line.reserve(1_000_000).amount_minor == 1_000_000


def test_lowered_below_its_use_it_lends_nothing_and_asks_nothing_back(line):
    loan = line.arrive(line.reserve(3_000_000))
    line.change(K.LOWERED, limit_minor=1_000_000)
    before = line.rows()

    with pytest.raises(Refused) as refusal:
        line.reserve(1)

    assert (refusal.value.code, refusal.value.fields) == ("facility_short", {"amount_minor": "0"})
    assert line.rows() == before
    outstanding = line.house.fetch("select id, outstanding_minor from servicing.loan")
    assert [tuple(row) for row in outstanding] == [(loan.id, 3_000_000)]


def test_frozen_it_lends_nothing_new_but_what_was_agreed_still_arrives(line):
    agreed = line.reserve(1_000_000)
    line.change(K.FROZEN)
    with pytest.raises(Refused) as refusal:
        line.reserve(1)
    assert refusal.value.code == "facility_frozen"

    line.arrive(agreed)
    line.change(K.UNFROZEN)

    assert line.reserve(4_000_000).amount_minor == 4_000_000


@pytest.mark.parametrize(
    ("kind", "rest", "code"),
    [
        (K.RAISED, {"limit_minor": LIMIT}, "facility_unchanged"),
        (K.LOWERED, {"limit_minor": LIMIT}, "facility_unchanged"),
        (K.LOWERED, {"limit_minor": 0}, "bad_amount"),
        (K.RAISED, {"limit_minor": 10**9 + 1}, "bad_amount"),
        (K.UNFROZEN, {}, "facility_unchanged"),
        (K.REPRICED, {}, "facility_unchanged"),
        (K.REPRICED, {"rate_bps": 10_001}, "bad_amount"),
        (K.REVIEWED, {}, "facility_unchanged"),
        (K.CLOSED, {}, "facility_in_use"),
        (K.DRAWN, {}, "not_a_change"),
    ],
)
def test_a_change_that_may_not_be_is_refused_alike_before_and_in_earnest(line, kind, rest, code):
    line.reserve(1)
    before = line.rows()

    for act in (line.preview, line.change):
        with pytest.raises((Refused, Conflict)) as refusal:
            act(kind, **rest)
        assert refusal.value.code == code

    assert line.rows() == before


def test_nothing_but_a_price_is_decided_for_another_day(line):
    before = line.rows()
    for kind, days in ((K.FROZEN, 1), (K.FROZEN, -1), (K.REPRICED, -1)):
        with pytest.raises(Refused) as refusal:
            line.change(kind, rate_bps=1, on=line.house.today() + timedelta(days=days))
        assert refusal.value.code == "bad_date"

    assert line.rows() == before


def test_a_closed_facility_is_over(line):
    line.change(K.CLOSED)
    before = line.rows()

    with pytest.raises(Refused) as refusal:
        line.reserve(1)
    assert refusal.value.code == "facility_closed"
    with pytest.raises(Conflict):
        line.change(K.RAISED, limit_minor=LIMIT + 1)

    assert line.rows() == before


def test_the_log_and_the_grant_are_never_changed(line):
    for statement in (
        "update servicing.facility_event set amount_minor = 1",
        "delete from servicing.facility_event",
        "update servicing.facility set granted_limit_minor = 1",
        "delete from servicing.facility",
    ):

        async def harm(connection, statement=statement):
            await connection.execute(statement)

        before = line.rows()
        with pytest.raises(asyncpg.PostgresError, match=r"append-only|frozen"):
            line.do(harm)
        assert line.rows() == before


def test_over_a_random_life_the_row_is_the_fold_and_the_fold_its_loans(line):
    luck, house = random.Random(842026), line.house
    waiting, loans = [], []
    for _ in range(40):
        act = luck.choice("rrrddxpppcl")
        if act == "r":
            amount = luck.randint(50_000, 1_500_000)
            if line.state().refusal(amount) is None:
                waiting.append(line.reserve(amount))
        elif act == "d" and waiting:
            loans.append(line.arrive(waiting.pop(0)))
        elif act == "x" and waiting:
            line.release(waiting.pop().id)
        elif act == "p" and loans:
            house.repay(luck.choice(loans).id, luck.choice([1, 9_999, 333_333]))
        elif act == "c":
            house.close(luck.randint(1, 20))
        elif act == "l" and line.state().limit_minor == LIMIT:
            line.change(K.RAISED, limit_minor=LIMIT + 1_000_000)
        state = line.state()
        [row] = house.fetch(
            "select limit_minor, used_minor, reserved_minor, is_frozen from servicing.facility"
        )
        assert tuple(row) == (
            state.limit_minor, state.used_minor, state.reserved_minor, state.is_frozen,
        )  # fmt: skip
        assert line.differences() == 0

    assert len(loans) >= 5
    assert line.state().used_minor > 0


def test_an_undone_repayment_takes_back_what_it_set_free(line):
    loan = line.arrive(line.reserve(2_000_000))
    line.house.close(40)
    line.house.repay(loan.id, 700_000)
    assert line.state().used_minor < 2_000_000

    line.undo(loan.id, 2)

    state = line.state()
    assert (state.used_minor, state.available_minor) == (2_000_000, LIMIT - 2_000_000)
    assert line.differences() == 0


def test_a_repayment_is_not_undone_once_its_facility_is_closed(line):
    loan = line.arrive(line.reserve(2_000_000))
    line.house.close(2)
    assert line.house.repay(loan.id, 2_000_800).is_settled
    line.change(K.CLOSED)
    before = line.rows()

    with pytest.raises(Refused) as refused:
        line.undo(loan.id, 2)

    assert refused.value.code == "facility_closed"
    assert line.rows() == before
