"""Refunds and chargebacks go over the bank, and are on the loan when the bank has paid them."""

from __future__ import annotations

import asyncio
import json

import pytest

from tongtu.funding.api import settle
from tongtu.identity.api import Role, open_staff
from tongtu.journey import money_back
from tongtu.journey.api import Repayment, close_days, make_change, propose_change, repay
from tongtu.kernel.errors import Conflict, TongtuError
from tongtu.ledger.api import Account, AccountKind, set_limits
from tongtu.payments.api import (
    SETTLED,
    Answer,
    BreakKind,
    PaymentKind,
    PaymentState,
    Saying,
    Wanted,
    close_break,
    enter_anew,
    find_latest,
    list_breaks,
)
from tongtu.payments.flow.hear import hear
from tongtu.payments.store.instruction import hold
from tongtu.runtime.api import business_date
from tongtu.servicing.api import (
    Change,
    EventKind,
    Money,
    Target,
    record_change,
    record_repayment,
)

from .test_ways_of_money import bookings, books, breaks, give_back, owed


@pytest.fixture
def paying(house):
    """A loan of 30,000 yuan of which 3,000 were paid."""
    house.read_costs()
    house.sign()
    house.carry()
    house.loan, _ = house.own_loan()
    house.run(repay(house.runtime, house.caller, house.loan, Repayment(300_000), house.key()))
    house.carry()
    house.lender = house.book.lenders[0].number
    return house


def staff(house):
    house.staffed = getattr(house, "staffed", 0) + 1
    names = [f"op{2 * house.staffed - 1}", f"op{2 * house.staffed}"]

    async def opened():
        return [await open_staff(house.runtime, name, Role.OPERATOR, 0) for name in names]

    return house.run(opened())


def allowed(house, kind, amount_minor, target=None, details=None):
    """Let two persons allow a change of today; return what the second is told."""
    maker, checker = staff(house)
    today = house.run(house.reading(business_date))
    details = details if target is None else Target(target)
    change = Change(kind, today, details, amount_minor)
    key = house.key()
    proposed = json.loads(house.run(propose_change(house.runtime, maker, house.loan, change, key)))
    approval = house.runtime.public.read("approval", proposed["approval"])
    made = json.loads(house.run(make_change(house.runtime, checker, approval, house.key())))
    assert made | {"payment": None} == proposed["preview"]
    return made


def stands(house):
    events = house.fetch("select kind, amount_minor from servicing.loan_event order by seq")
    funds = house.balance(AccountKind.LENDER_FUNDS, house.lender)
    return owed(house), funds, [tuple(row) for row in events]


def sent(house):
    rows = house.fetch("select id, amount_minor, state from payments.instruction"
                       " where kind = 'refund' order by id")  # fmt: skip
    return [tuple(row)[1:] for row in rows]


def last_refund(house):
    return house.run(house.reading(find_latest, 0, house.loan, PaymentKind.REFUND))


@pytest.mark.parametrize(
    ("kind", "target"), [(EventKind.CASH_REFUNDED, None), (EventKind.CHARGED_BACK, 2)]
)
def test_what_two_persons_allow_is_paid_to_the_borrower_and_then_owed_again(paying, kind, target):
    house, before = paying, stands(paying)

    made = allowed(house, kind, 50_000, target)

    assert stands(house) == before
    assert sent(house) == [(50_000, "intended")]
    house.carry()
    [wire] = [one for one in house.rail.sent if one.end_to_end_id == made["payment"]]
    party = house.runtime.public.show("party", house.caller.subject)
    assert (wire.debtor, wire.creditor) == (f"lender-{house.lender}", party)
    (state, outstanding, payoff, _), funds, events = stands(house)
    assert (state, outstanding, payoff) == (
        made["state"], made["outstanding_minor"], made["payoff_minor"]
    )  # fmt: skip
    assert events == [*before[2], (kind.value, 50_000)]
    assert funds == before[1] - 50_000
    assert bookings(house)[-1] == ("settled", -50_000)
    assert books(house) == (0, 0)


def test_the_lenders_file_of_the_day_has_the_refund_once(paying):
    house = paying
    allowed(house, EventKind.CASH_REFUNDED, 50_000)
    house.carry()
    today = house.run(house.reading(business_date))
    house.run(close_days(house, today))

    async def settled():
        async with house.runtime.database.transaction() as connection:
            return await settle(connection, house.runtime, house.lender, today)

    file = house.run(settled())

    lines = [line for line in file.content.decode().splitlines() if "refund" in line]
    assert len(lines) == 1
    assert lines[0].startswith("refund_settled,")
    assert "-500.00" in lines[0]


def test_a_refund_the_bank_refuses_never_happened_and_another_may_follow(paying):
    house, before = paying, stands(paying)
    allowed(house, EventKind.CASH_REFUNDED, 50_000)
    with pytest.raises(Conflict) as refusal:
        allowed(house, EventKind.CASH_REFUNDED, 10_000)
    assert refusal.value.code == "refund_under_way"
    house.rail.refuses = True

    house.carry()

    assert stands(house) == before
    house.rail.refuses = False
    allowed(house, EventKind.CASH_REFUNDED, 10_000)
    house.carry()
    assert sent(house) == [(50_000, "rejected"), (10_000, "settled")]
    assert stands(house)[1] == before[1] - 10_000
    assert books(house) == (0, 0)


def test_a_refund_whose_money_comes_back_is_undone(paying):
    house, before = paying, stands(paying)
    allowed(house, EventKind.CASH_REFUNDED, 50_000)
    house.carry()

    give_back(house, last_refund(house))

    now = stands(house)
    assert now[:2] == before[:2]
    assert [kind for kind, _ in now[2]][-2:] == ["cash_refunded", "undone"]
    assert bookings(house)[-1] == ("returned", 50_000)
    assert breaks(house) == []
    assert books(house) == (0, 0)


def test_a_refund_that_comes_back_while_another_is_under_way_is_undone_and_the_other_paid(paying):
    house, before = paying, stands(paying)
    allowed(house, EventKind.CASH_REFUNDED, 50_000)
    house.carry()
    first = last_refund(house)
    allowed(house, EventKind.CASH_REFUNDED, 10_000)

    give_back(house, first)
    house.carry()

    assert sent(house) == [(50_000, "returned"), (10_000, "settled")]
    assert stands(house)[1] == before[1] - 10_000
    assert breaks(house) == []
    assert books(house) == (0, 0)


def test_no_refund_begins_while_a_refused_one_is_disputed(paying):
    house = paying
    allowed(house, EventKind.CASH_REFUNDED, 50_000)
    house.rail.refuses = True
    house.carry()
    house.rail.refuses = False
    refused = last_refund(house)

    async def said():
        async with house.runtime.database.transaction() as connection:
            held = await hold(connection, 0, refused.id)
            yes = Answer(Saying.YES, amount_minor=50_000)
            return await hear(connection, house.runtime, held, yes)

    assert house.run(said()) is PaymentState.DISPUTED
    with pytest.raises(Conflict) as refusal:
        allowed(house, EventKind.CASH_REFUNDED, 10_000)

    assert refusal.value.code == "refund_under_way"
    assert sent(house) == [(50_000, "disputed")]


async def pay_too_much(house, payoff_minor):
    async with house.runtime.database.transaction() as connection:
        today = await business_date(connection)
        money = Money(house.runtime.ids.new(7), payoff_minor + 900, today)
        return await record_repayment(connection, house.runtime, 0, house.loan, money)


@pytest.fixture
def overpaid(paying):
    """A settled loan whose lender owes 9 yuan back."""
    _, shown = paying.own_loan()
    recorded = paying.run(pay_too_much(paying, shown["payoff_minor"]))
    assert recorded.state.surplus_minor == 900
    return paying


def test_money_beyond_the_debt_goes_back(overpaid):
    house, before = overpaid, stands(overpaid)
    allowed(house, EventKind.BALANCE_REFUNDED, 900)

    house.carry()

    assert house.own_loan()[1]["owed_back_minor"] == 0
    assert stands(house)[1] == before[1]
    assert bookings(house)[-1] == ("settled", 0)
    assert breaks(house) == []
    assert books(house) == (0, 0)


def test_money_beyond_the_debt_that_comes_back_is_owed_back_again(overpaid):
    house, before = overpaid, stands(overpaid)
    allowed(house, EventKind.BALANCE_REFUNDED, 900)
    house.carry()

    give_back(house, last_refund(house))

    assert house.own_loan()[1]["owed_back_minor"] == 900
    assert stands(house)[:2] == before[:2]
    allowed(house, EventKind.BALANCE_REFUNDED, 900)
    house.carry()
    assert house.own_loan()[1]["owed_back_minor"] == 0
    assert breaks(house) == []
    assert books(house) == (0, 0)


def test_a_refund_that_the_loan_can_take_no_more_when_it_is_paid_is_a_break_of_its_size(overpaid):
    house = overpaid
    allowed(house, EventKind.BALANCE_REFUNDED, 900)

    async def undo():
        async with house.runtime.database.transaction() as connection:
            today = await business_date(connection)
            change = Change(EventKind.UNDONE, today, Target(3))
            await record_change(connection, house.runtime, 0, house.loan, change)

    house.run(undo())
    before = stands(house)
    house.carry()

    assert stands(house) == before
    assert bookings(house)[-1] == ("settled", 0)
    [row] = house.run(house.reading(list_breaks, Wanted()))
    assert (row.found.kind, row.found.amount_minor) == (BreakKind.REFUND_NOT_BOOKED, -900)
    assert books(house) == (0, 0)

    # Its money comes back: nothing is to be undone, and nobody has to put anything right.
    give_back(house, last_refund(house))

    assert stands(house) == before
    assert bookings(house)[-1] == ("returned", 0)
    assert breaks(house) == []
    assert books(house) == (0, 0)


@pytest.fixture
def unposted(paying):
    """A refund that the bank has paid and the ledger refuses: the lender's account may not fall."""
    house = paying
    allowed(house, EventKind.CASH_REFUNDED, 50_000)
    own = Account(0, AccountKind.LENDER_FUNDS, house.lender)
    house.floor = lambda floor_minor: house.run(_floor(house, own, floor_minor))
    house.floor(house.balance(AccountKind.LENDER_FUNDS, house.lender))
    house.before = stands(house)
    house.carry()
    return house


async def _floor(house, account, floor_minor):
    async with house.runtime.database.transaction() as connection:
        await set_limits(connection, account, floor_minor, None)


def test_a_refund_that_the_ledger_refuses_is_a_break_and_its_day_closes(unposted):
    house = unposted

    [row] = house.run(house.reading(list_breaks, Wanted()))
    assert (row.found.kind, row.found.owner.value, row.found.amount_minor) == (
        BreakKind.NOT_POSTED, "operator", -50_000
    )  # fmt: skip
    assert (stands(house), sent(house)) == (house.before, [(50_000, "settled")])
    today = house.run(house.reading(business_date))
    house.run(close_days(house, today))
    operator, _ = staff(house)
    clerk = operator._replace(role=Role.CLERK)
    for act, caller, code in (
        (close_break, operator, "not_posted"), (enter_anew, clerk, "not_allowed"),
    ):  # fmt: skip
        with pytest.raises(TongtuError) as refusal:
            house.run(cleared(house, act, caller, row.id))
        assert refusal.value.code == code
    # Refused once more it stays what it is.
    house.run(cleared(house, enter_anew, operator, row.id))
    house.run(house.relay.step(SETTLED, "settled"))
    assert (stands(house)[1:], breaks(house)) == (house.before[1:], ["not_posted"])

    house.floor(0)
    house.run(cleared(house, enter_anew, operator, row.id))
    house.run(house.relay.step(SETTLED, "settled"))

    assert stands(house)[1:] == (
        house.before[1] - 50_000, [*house.before[2], ("cash_refunded", 50_000)]
    )  # fmt: skip
    assert bookings(house)[-1] == ("settled", -50_000)
    assert (breaks(house), books(house)) == ([], (0, 0))
    with pytest.raises(Conflict):
        house.run(cleared(house, enter_anew, operator, row.id))


async def cleared(house, act, caller, number):
    given = ("a reason",) if act is close_break else ()
    async with house.runtime.database.transaction() as connection:
        return await act(connection, house.runtime, caller, number, *given)


def test_a_refund_that_the_ledger_refused_and_that_came_back_leaves_nothing_behind(unposted):
    house = unposted

    give_back(house, last_refund(house))

    assert (stands(house), breaks(house)) == (house.before, [])
    assert bookings(house)[-2:] == [("settled", 0), ("returned", 0)]
    allowed(house, EventKind.CASH_REFUNDED, 10_000)
    assert books(house) == (0, 0)


BLOCKED = """
SELECT EXISTS (SELECT FROM pg_stat_activity
               WHERE datname = current_database() AND wait_event_type = 'Lock')
"""


def test_a_paid_refund_is_reckoned_on_the_loan_that_a_repayment_under_way_leaves(overpaid):
    house = overpaid
    allowed(house, EventKind.BALANCE_REFUNDED, 900)
    payment, funds = last_refund(house), stands(house)[1]
    database = house.runtime.database

    async def enter():
        async with database.transaction() as connection:
            return await money_back.went_back(connection, house.runtime, payment)

    async def both():
        async with database.transaction() as connection:
            today = await business_date(connection)
            money = Money(house.runtime.ids.new(7), 300, today)
            recorded = await record_repayment(connection, house.runtime, 0, house.loan, money)
            entering = asyncio.create_task(enter())
            while not await connection.fetchval(BLOCKED):
                assert not entering.done()
        return recorded, await entering

    recorded, moved_minor = house.run(both())

    parts = recorded.state.parts[recorded.loan.seq + 1]
    paid_minor = sum(part.amount_minor for part in parts)
    assert stands(house)[1] - funds == paid_minor + moved_minor
    assert (recorded.state.surplus_minor, moved_minor) == (1_200, 0)
    assert house.own_loan()[1]["owed_back_minor"] == 300
    assert breaks(house) == []
