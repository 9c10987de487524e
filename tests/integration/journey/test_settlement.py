"""A lender's file of a day equals its account in the ledger, to the cent."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta

import pytest

from tongtu.funding.api import (
    Answer,
    SettlementState,
    answer_settlement,
    find_settlement,
    list_settlements,
    settle,
)
from tongtu.identity.api import Caller, Role
from tongtu.journey.api import Repayment, close_days, repay
from tongtu.kernel.errors import Broken, Conflict, NotFound
from tongtu.ledger.api import AccountKind
from tongtu.servicing.api import Change, EventKind, Target, record_change

DAY = date(2026, 11, 24)


def write(house, action, *given):
    async def written():
        async with house.runtime.database.transaction() as connection:
            return await action(connection, house.runtime, *given)

    return house.run(written())


def lender(house, number=None):
    own = house.book.lenders[0].number
    return Caller(Role.LENDER, 77, own if number is None else number, 0)


def rows(house):
    return house.fetch("select count(*), max(state) from funding.settlement")[0]


@pytest.fixture
def lent(house):
    """A day with a payout and a repayment, closed."""
    house.read_costs()
    house.sign()
    house.carry()
    loan, _ = house.own_loan()
    house.run(repay(house.runtime, house.caller, loan, Repayment(10_000), house.key()))
    house.carry()
    return house


def test_the_file_leads_from_the_opening_to_the_closing_balance_of_the_ledger(lent):
    house, own = lent, lent.book.lenders[0].number
    house.run(close_days(house, DAY))

    made = write(house, settle, own, DAY)

    table = list(csv.reader(io.StringIO(made.content.decode())))
    paid = house.fetch("select end_to_end_id from payments.instruction order by id")
    assert [(row[0], row[1], row[3]) for row in table[2:-2]] == [
        ("payout_settled", paid[0][0], "-30000.00"),
        ("collection_settled", paid[1][0], "100.00"),
        ("capital_in", "", f"{house.book.lenders[0].funds_minor // 100}.00"),
    ]
    assert made.total_minor == house.book.lenders[0].funds_minor - 3_000_000 + 10_000
    assert (made.opening_minor, made.lines, made.state) == (0, 3, SettlementState.MADE)
    assert made.closing_minor == house.balance(AccountKind.LENDER_FUNDS, own)
    # Asked again, the very file stands.
    assert write(house, settle, own, DAY) == made
    assert tuple(rows(house)) == (1, "made")


def test_a_repayment_that_was_undone_is_a_line_of_the_day_it_was_undone_on(lent):
    house, own = lent, lent.book.lenders[0].number
    loan, _ = house.own_loan()
    house.run(close_days(house, DAY))
    undo = Change(EventKind.UNDONE, DAY, Target(2))
    write(house, record_change, house.runtime.cell(loan), loan, undo)
    house.run(close_days(house, DAY + timedelta(days=1)))

    before, made = (write(house, settle, own, DAY + timedelta(days=n)) for n in (0, 1))

    table = list(csv.reader(io.StringIO(made.content.decode())))
    assert [tuple(row) for row in table[2:-2]] == [("repayment_undone", "", "", "-100.00")]
    assert (made.opening_minor, made.total_minor) == (before.closing_minor, -10_000)
    assert made.closing_minor == house.balance(AccountKind.LENDER_FUNDS, own)


def test_an_open_day_is_not_settled(lent):
    with pytest.raises(Conflict) as refusal:
        write(lent, settle, lent.book.lenders[0].number, DAY)

    assert refusal.value.code == "day_open"
    assert tuple(rows(lent)) == (0, None)


def test_a_day_whose_payments_and_ledger_differ_gives_no_file(lent):
    house = lent
    house.run(close_days(house, DAY))

    async def lose():
        async with house.runtime.database.transaction() as connection:
            await connection.execute(
                "update payments.booking set amount_minor = amount_minor + 1 where amount_minor > 0"
            )

    house.run(lose())
    with pytest.raises(Broken) as fault:
        write(house, settle, house.book.lenders[0].number, DAY)

    assert fault.value.code == "settlement_differs"
    assert tuple(rows(house)) == (0, None)


def test_a_lender_answers_its_own_file_once_by_its_hash(lent):
    house, own = lent, lent.book.lenders[0].number
    house.run(close_days(house, DAY))
    made = write(house, settle, own, DAY)

    with pytest.raises(NotFound):
        write(house, answer_settlement, lender(house, own + 1), DAY, Answer(made.sha256, True))
    with pytest.raises(Conflict):
        write(house, answer_settlement, lender(house), DAY, Answer(bytes(32), True))
    assert tuple(rows(house)) == (1, "made")
    said = Answer(made.sha256, False, "one repayment is missing")
    answered = write(house, answer_settlement, lender(house), DAY, said)
    with pytest.raises(Conflict):
        write(house, answer_settlement, lender(house), DAY, Answer(made.sha256, True))

    assert (answered.state, answered.note) == (
        SettlementState.DISPUTED, "one repayment is missing"
    )  # fmt: skip
    assert house.run(house.reading(list_settlements, lender(house), DAY)) == [answered]
    assert house.run(house.reading(list_settlements, lender(house, own + 1), DAY)) == []
    with pytest.raises(NotFound):
        house.run(house.reading(find_settlement, lender(house, own + 1), own, DAY))
    with pytest.raises(NotFound):
        house.run(house.reading(find_settlement, Caller(Role.OPERATOR, 1, 0, 0), 10**12, DAY))


def test_a_refused_payout_leaves_a_file_without_it(house):
    house.read_costs()
    house.sign()
    house.rail.refuses = True
    house.carry()
    house.run(close_days(house, DAY))

    made = write(house, settle, house.book.lenders[0].number, DAY)

    assert (made.lines, made.total_minor) == (1, house.book.lenders[0].funds_minor)
