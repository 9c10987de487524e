"""Changes of a loan move the difference of two folds, and every close still proves the controls."""

from datetime import timedelta

import pytest

from tongtu.identity.api import Caller, Role
from tongtu.kernel.errors import Refused
from tongtu.ledger.api import Account, AccountKind, balances_equal_replay
from tongtu.servicing.api import (
    Change,
    Charge,
    Component,
    EventKind,
    Target,
    choose_early,
    payoff,
    record_change,
)

CONTROLS = (AccountKind.LOAN_PRINCIPAL, AccountKind.LOAN_INTEREST, AccountKind.LOAN_FEE)


def change(house, loan, kind, details=None, *, amount=0, payment=None):
    asked = Change(kind, house.today(), details, amount, payment)

    async def enter():
        async with house.runtime.database.transaction() as connection:
            return await record_change(connection, house.runtime, 0, loan, asked)

    return house.run(enter())


def balance(house, kind, owner=1, product="consumer_cash"):
    product = product if kind in (*CONTROLS, AccountKind.LOAN_CHARGED_OFF) else None
    wanted = Account(0, kind, owner, product).id
    rows = house.fetch("select balance_minor from ledger.account where id = $1", wanted)
    return rows[0]["balance_minor"] if rows else 0


def is_whole(house):
    async def read():
        async with house.runtime.database.reading() as connection:
            return await balances_equal_replay(connection)

    found = house.run(read())
    return found.differences == 0 and found.sum_minor == 0


def stands(house, loan):
    events = house.fetch("select count(*) n from servicing.loan_event where loan = $1", loan)
    posted = house.fetch("select count(*) n from ledger.transfer where subject = $1", loan)
    return events[0]["n"], posted[0]["n"]


def test_an_undone_payment_leaves_the_books_as_if_it_had_never_come(house):
    new = house.lend()
    house.close(40)
    before = [balance(house, kind) for kind in CONTROLS]
    cash = balance(house, AccountKind.BORROWER_CASH, house.party)
    house.repay(new.id, 300_000)
    assert balance(house, AccountKind.LOAN_PRINCIPAL) < before[0]

    state = change(house, new.id, EventKind.UNDONE, Target(2))

    assert [balance(house, kind) for kind in CONTROLS] == before
    assert balance(house, AccountKind.BORROWER_CASH, house.party) == cash
    assert state.outstanding_minor == 3_000_000
    house.close()
    assert is_whole(house)


def test_undoing_what_settled_a_loan_opens_it_and_the_day_end_accrues_again(house):
    new = house.lend()
    house.close(10)
    house.repay(new.id, 3_006_000)
    (row,) = house.fetch("select status from servicing.loan where id = $1", new.id)
    assert row["status"] == "settled"

    change(house, new.id, EventKind.UNDONE, Target(2))

    (row,) = house.fetch("select status, settled_on from servicing.loan where id = $1", new.id)
    assert tuple(row) == ("live", None)
    closed = house.close()
    assert closed.loans == 1
    assert balance(house, AccountKind.LOAN_INTEREST) == 6_000
    assert is_whole(house)


def test_a_recovery_that_settled_a_loan_given_up_can_be_taken_back_and_it_is_given_up_again(house):
    new = house.lend()
    house.close(10)
    off = change(house, new.id, EventKind.CHARGED_OFF)
    owed = balance(house, AccountKind.LOAN_CHARGED_OFF)
    assert owed == sum(off.owed_minor) > 0
    house.repay(new.id, owed)
    (row,) = house.fetch("select status from servicing.loan where id = $1", new.id)
    assert (row["status"], balance(house, AccountKind.LOAN_CHARGED_OFF)) == ("settled", 0)

    change(house, new.id, EventKind.UNDONE, Target(3))

    (row,) = house.fetch("select status, off_minor from servicing.loan where id = $1", new.id)
    assert tuple(row) == ("charged_off", owed)
    assert balance(house, AccountKind.LOAN_CHARGED_OFF) == owed
    with pytest.raises(Refused) as again:
        change(house, new.id, EventKind.CHARGED_OFF)
    assert again.value.code == "loan_not_live"
    house.close()
    assert is_whole(house)


def test_a_loan_that_left_the_day_end_settled_is_in_it_again_once_that_is_undone(house):
    new, _ = house.lend(), house.lend()
    house.close(10)
    house.repay(new.id, 3_006_000)
    assert house.close(2).loans == 1

    change(house, new.id, EventKind.UNDONE, Target(2))

    assert house.close().loans == 2
    assert balance(house, AccountKind.LOAN_INTEREST) == 2 * 7_200
    assert house.close().accrued_minor == 2 * 600
    assert is_whole(house)


def test_a_charge_is_booked_when_it_falls_due_and_a_waiver_takes_the_rest_back(house):
    new = house.lend()
    due = new.terms.rows[0].due_date
    change(house, new.id, EventKind.CHARGED, Charge(Component.FEE, due), amount=700)
    assert balance(house, AccountKind.LOAN_FEE) == 0
    house.close((due - house.today()).days + 1)
    assert balance(house, AccountKind.LOAN_FEE) == 700
    house.repay(new.id, 300)
    assert balance(house, AccountKind.LOAN_FEE) == 400

    change(house, new.id, EventKind.CHARGE_WAIVED, Target(2))

    assert balance(house, AccountKind.LOAN_FEE) == 0
    house.close()
    assert is_whole(house)


def test_what_lies_beyond_the_debt_is_given_back_once(house):
    new = house.lend()
    house.close(10)
    suspense = balance(house, AccountKind.SUSPENSE, 0)
    house.repay(new.id, 3_006_000)
    house.repay(new.id, 90)
    assert balance(house, AccountKind.SUSPENSE, 0) - suspense == 90
    cash = balance(house, AccountKind.BORROWER_CASH, house.party)

    state = change(house, new.id, EventKind.BALANCE_REFUNDED, amount=90, payment=house.new())

    assert state.surplus_minor == 0
    assert balance(house, AccountKind.SUSPENSE, 0) == suspense
    assert balance(house, AccountKind.BORROWER_CASH, house.party) == cash + 90
    then = stands(house, new.id)
    with pytest.raises(Refused, match="owed back"):
        change(house, new.id, EventKind.BALANCE_REFUNDED, amount=1, payment=house.new())
    assert stands(house, new.id) == then
    assert is_whole(house)


def test_a_payment_entered_weeks_late_takes_back_the_overdue_interest_it_ends(house):
    new = house.lend()
    due = new.terms.rows[0].due_date
    first = new.terms.rows[0].principal_minor + new.terms.rows[0].interest_minor
    house.close((due - house.today()).days + 20)

    state = house.repay(new.id, first, value_date=due).state

    assert state.earned_overdue_minor == 0
    house.close()
    assert is_whole(house)


def test_a_change_that_does_not_fit_leaves_nothing_behind(house):
    new = house.lend()
    house.close(3)
    before = stands(house, new.id), [balance(house, kind) for kind in CONTROLS]
    early = Charge(Component.FEE, house.today() - timedelta(days=30))

    for kind, details, amount in (
        (EventKind.UNDONE, Target(1), 0),
        (EventKind.CHARGE_WAIVED, Target(7), 0),
        (EventKind.CHARGED, early, 5),
        (EventKind.BALANCE_REFUNDED, None, 1),
    ):
        with pytest.raises(Refused):
            change(house, new.id, kind, details, amount=amount, payment=house.new())

    assert (stands(house, new.id), [balance(house, kind) for kind in CONTROLS]) == before


def test_paying_a_quote_on_its_day_settles_the_loan_and_only_then(house):
    new = house.lend(fee=500)
    house.close(40)

    async def quotes():
        async with house.runtime.database.reading() as connection:
            caller = Caller(Role.OPERATOR, 1, 0, 0)
            return await payoff(connection, house.runtime, caller, new.id)

    quoted = house.run(quotes())
    assert len(quoted["quotes"]) == 8
    house.close(3)

    today = quoted["quotes"][3]
    assert today["date"] == house.today().isoformat()
    assert house.repay(new.id, today["total_minor"]).is_settled
    assert house.run(quotes())["quotes"] == []
    house.close()
    assert is_whole(house)


def test_a_borrowers_choice_waits_for_the_bank_and_ends_the_loan_sooner(house):
    new, payment = house.lend(), house.new()
    due = new.terms.rows[0].due_date
    first = new.terms.rows[0].principal_minor + new.terms.rows[0].interest_minor
    house.close((due - house.today()).days)

    async def choose():
        async with house.runtime.database.transaction() as connection:
            await choose_early(connection, 0, payment, is_shortened=True)

    house.run(choose())
    done = house.repay(new.id, first + 500_000, payment=payment)

    last = done.state.rows[-1]
    assert (last.paid_principal_minor, last.interest_minor) == (last.principal_minor, 0)
    house.close()
    assert is_whole(house)
