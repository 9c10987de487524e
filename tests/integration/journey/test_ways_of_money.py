"""Money that comes back, a no that is clear, a payout made once more by two persons."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from tongtu.identity.api import Role, open_staff
from tongtu.journey.api import (
    House,
    Repayment,
    match_statements,
    pay_again,
    propose_payout,
    repay,
)
from tongtu.kernel.errors import Conflict, NotAllowed
from tongtu.ledger.api import AccountKind, balances_equal_replay
from tongtu.payments.api import (
    SETTLED,
    Entry,
    PaymentKind,
    Returned,
    Statement,
    Wanted,
    close_break,
    find_latest,
    list_breaks,
)
from tongtu.payments.flow.hear import hear_return
from tongtu.payments.store.instruction import hold
from tongtu.runtime.api import business_date


class PaperBank:
    """A bank's books that hold what the test wrote into them."""

    def __init__(self, *entries):
        self._entries = entries

    async def statement(self, account, day):
        moved = sum(entry.amount_minor for entry in self._entries)
        return Statement(account, day, self.at, 0, moved, tuple(self._entries))


def statements(house, *entries):
    bank = PaperBank(*entries)
    bank.at = house.runtime.clock.now()
    house.runtime.clock.advance(timedelta(seconds=1))
    today = house.run(house.reading(business_date))
    lender = house.book.lenders[0].number
    return house.run(match_statements(house.runtime, bank, [lender], today))


def payout(house):
    return house.run(house.reading(find_latest, 0, house.application, PaymentKind.PAYOUT))


def give_back(house, payment):
    """Let the bank say that the money came back."""

    async def said():
        async with house.runtime.database.transaction() as connection:
            held = await hold(connection, 0, payment.id)
            back = Returned(payment.end_to_end_id, payment.amount_minor, "AC06")
            return await hear_return(connection, house.runtime, held, back)

    assert house.run(said())
    house.run(house.relay.step(SETTLED, "settled"))


def staff(house):
    async def opened():
        return [await open_staff(house.runtime, name, Role.OPERATOR, 0) for name in ("op1", "op2")]

    return house.run(opened())


def books(house):
    replay = house.run(house.reading(balances_equal_replay))
    return replay.differences, replay.sum_minor


def breaks(house):
    return [row.found.kind.value for row in house.run(house.reading(list_breaks, Wanted()))]


def bookings(house):
    rows = house.fetch(
        "select state, amount_minor from payments.booking order by at, instruction, state desc"
    )
    return [tuple(row) for row in rows]


def test_a_payout_that_comes_back_leaves_nobody_in_debt_and_the_case_open_again(house):
    house.read_costs()
    house.sign()
    lender = house.book.lenders[0].number
    funds = house.balance(AccountKind.LENDER_FUNDS, lender)
    house.carry()

    give_back(house, payout(house))
    # The same news again changes nothing.
    house.run(house.relay.step(SETTLED, "settled"))

    _, shown = house.own_loan()
    assert (shown["state"], shown["outstanding_minor"], shown["payoff_minor"]) == ("settled", 0, 0)
    assert shown["interest_paid_minor"] == 0
    assert house.balance(AccountKind.LENDER_FUNDS, lender) == funds
    assert house.balance(AccountKind.BORROWER_CASH, house.caller.subject) == 0
    assert house.steps()[-3:] == ["paying_out", "funded", "payout_failed"]
    assert bookings(house) == [("settled", -3_000_000), ("returned", 3_000_000)]
    assert house.fetch("select used_minor from origination.exposure")[0][0] == 0
    assert books(house) == (0, 0)


def test_a_repayment_that_the_bank_takes_back_is_a_break_of_servicing(house):
    house.read_costs()
    house.sign()
    house.carry()
    loan, _ = house.own_loan()
    house.run(repay(house.runtime, house.caller, loan, Repayment(10_000), house.key()))
    house.carry()
    payment = house.run(house.reading(find_latest, 0, loan, PaymentKind.COLLECTION))

    give_back(house, payment)

    [row] = house.run(house.reading(list_breaks, Wanted()))
    assert (row.found.kind.value, row.found.owner.value) == ("returned_collection", "servicing")
    assert (row.found.amount_minor, row.found.instruction) == (10_000, payment.id)
    assert books(house) == (0, 0)


def refused(house):
    house.read_costs()
    house.sign()
    house.rail.refuses = True
    house.carry()
    house.rail.refuses = False
    house.runtime.clock.advance(timedelta(seconds=1))
    return payout(house)


def test_a_refused_payout_is_made_once_more_by_two_persons_after_a_clear_no(house):
    first, (maker, checker) = refused(house), staff(house)
    all_of = House(house.runtime, house.pack, house.book)
    proposed = json.loads(
        house.run(propose_payout(house.runtime, maker, house.application, house.key()))
    )
    approval = house.runtime.public.read("approval", proposed["approval"])
    before = house.given_back(), house.steps(), bookings(house)

    with pytest.raises(NotAllowed) as own:
        house.run(pay_again(all_of, maker, approval, house.key()))
    with pytest.raises(Conflict) as unclear:
        house.run(pay_again(all_of, checker, approval, house.key()))

    assert (own.value.code, unclear.value.code) == ("own_work", "no_clear_no")
    assert (house.given_back(), house.steps(), bookings(house)) == before
    assert [wire.amount_minor for wire in house.rail.sent] == [3_000_000]

    statements(house)
    key = house.key()
    answer = json.loads(house.run(pay_again(all_of, checker, approval, key)))
    assert json.loads(house.run(pay_again(all_of, checker, approval, key))) == answer
    house.carry()

    second = payout(house)
    assert (second.end_to_end_id, second.state.value) == (answer["payment"], "settled")
    assert second.end_to_end_id != first.end_to_end_id
    assert house.steps()[-4:] == ["paying_out", "payout_failed", "paying_out", "funded"]
    assert house.own_loan()[1]["principal_minor"] == 3_000_000
    assert house.given_back() == ("disbursed", 3_000_000, 3_000_000)
    assert bookings(house) == [("rejected", 0), ("settled", -3_000_000)]
    warrants = house.fetch("select voided_at is null from payments.warrant order by instruction")
    assert [row[0] for row in warrants] == [False, True]
    with pytest.raises(Conflict):
        house.run(pay_again(all_of, checker, approval, house.key()))
    assert books(house) == (0, 0)


def test_no_second_payout_where_the_banks_books_hold_the_first(house):
    first, (maker, checker) = refused(house), staff(house)
    proposed = json.loads(
        house.run(propose_payout(house.runtime, maker, house.application, house.key()))
    )
    approval = house.runtime.public.read("approval", proposed["approval"])
    moved = Entry("bk1", first.end_to_end_id, -first.amount_minor, first.value_date)

    statements(house, moved)

    assert payout(house).state.value == "disputed"
    assert breaks(house) == ["settled_after_no"]
    with pytest.raises(Conflict) as refusal:
        all_of = House(house.runtime, house.pack, house.book)
        house.run(pay_again(all_of, checker, approval, house.key()))
    assert refusal.value.code == "wrong_step"
    assert [wire.amount_minor for wire in house.rail.sent] == [3_000_000]
    assert house.fetch("select count(*) from payments.warrant")[0][0] == 1


def test_a_break_is_closed_once_with_a_reason_and_by_an_operator_only(house):
    refused(house)
    operator, _ = staff(house)
    today = house.run(house.reading(business_date))
    statements(house, Entry("bk9", "", -200, today))
    [row] = house.run(house.reading(list_breaks, Wanted()))
    assert (row.found.kind.value, row.found.amount_minor) == ("unknown_entry", -200)

    async def close(caller, reason):
        async with house.runtime.database.transaction() as connection:
            return await close_break(connection, house.runtime, caller, row.id, reason)

    with pytest.raises(NotAllowed):
        house.run(close(operator._replace(role=Role.CLERK), "a fee of the bank"))
    assert house.run(house.reading(list_breaks, Wanted())) == [row]
    closed = house.run(close(operator, "a fee of the bank, paid by the lender"))
    with pytest.raises(Conflict):
        house.run(close(operator, "again"))

    assert (closed.closed_by, closed.reason) == (
        operator.subject, "a fee of the bank, paid by the lender"
    )  # fmt: skip
    assert breaks(house) == []
    # Reading the same entry again opens nothing anew.
    statements(house, Entry("bk9", "", -200, today))
    assert breaks(house) == []
