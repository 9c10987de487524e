"""A payout that the bank disputes is ended by two persons and the bank's own books."""

from __future__ import annotations

import csv
import io
import json
from datetime import date, timedelta

import pytest

from tongtu.funding.api import settle
from tongtu.identity.api import Caller
from tongtu.journey.api import (
    SIGNED,
    House,
    allow_verdict,
    match_statements,
    pay_again,
    propose_verdict,
)
from tongtu.kernel.errors import Conflict
from tongtu.ledger.api import Account, AccountKind, open_accounts, set_limits
from tongtu.payments.api import SETTLED, Answer, Entry, RailWorker, Returned, Saying, Verdict
from tongtu.payments.flow.hear import hear, hear_return
from tongtu.payments.store.instruction import hold
from tongtu.policy.api import Laws
from tongtu.runtime.api import business_date
from tongtu.servicing.api import prove_joint

from .test_ways_of_money import (
    PaperBank,
    bookings,
    books,
    breaks,
    give_back,
    pass_days,
    payout,
    proposed_to,
    refused,
    staff,
    statements,
)

WHOLE = 3_000_000
REASON = "as the bank's statement has it"


class WaitingRail:
    """A bank that accepts, and does not say what becomes of it."""

    async def pay(self, wire, at):
        return Answer(Saying.ACCEPTED)

    async def status(self, end_to_end_id):
        return Answer(Saying.ACCEPTED)


def entry_of(payment, amount_minor=-WHOLE, reference="bk-late"):
    return Entry(reference, payment.end_to_end_id, amount_minor, payment.value_date)


def judged(house, payment, *, has_moved):
    """Let two persons end a dispute, and its news be heard twice."""
    maker, checker = staff(house)
    verdict = Verdict(payment.id, has_moved, REASON)
    told = json.loads(house.run(propose_verdict(house.runtime, maker, verdict, house.key())))
    approval = house.runtime.public.read("approval", told["approval"])
    house.run(allow_verdict(house.runtime, checker, approval, house.key()))
    for _ in range(2):
        house.run(house.relay.step(SETTLED, "settled"))
    house.runtime.clock.advance(timedelta(seconds=1))
    return payout_of(house, payment)


def payout_of(house, payment):
    rows = house.fetch(f"select state, is_booked from payments.instruction where id = {payment.id}")
    return tuple(rows[0])


def say_yes(house, payment):
    """Let the bank say that a payment moved after all."""

    async def said():
        async with house.runtime.database.transaction() as connection:
            held = await hold(connection, 0, payment.id)
            yes = Answer(Saying.YES, amount_minor=held.amount_minor)
            return await hear(connection, house.runtime, held, yes)

    return house.run(said())


def once_more(house):
    """Let two persons make the payout once more; return what was sent."""
    maker, checker = staff(house)
    approval = proposed_to(house, maker)
    again(house, checker, approval)
    house.carry()
    return payout(house)


def again(house, checker: Caller, approval: int):
    all_of = House(house.runtime, Laws(house.pack), house.book)
    return house.run(pay_again(all_of, checker, approval, house.key()))


def funds(house):
    return house.balance(AccountKind.LENDER_FUNDS, house.book.lenders[0].number)


def test_a_refused_payout_that_left_is_a_loan_from_the_day_two_persons_say_so(house):
    first = refused(house)
    ready = funds(house)
    statements(house, entry_of(first))
    assert (breaks(house), payout(house).state.value) == (["settled_after_no"], "disputed")
    today = pass_days(house, 2)

    assert judged(house, first, has_moved=True) == ("settled", True)

    _, shown = house.own_loan()
    signed = json.loads(house.fetch("select deal from contracts.agreement")[0][0])["rows"]
    assert (shown["state"], shown["outstanding_minor"], shown["payoff_minor"]) == (
        "live", WHOLE, WHOLE
    )  # fmt: skip
    assert [row["due_date"] for row in shown["schedule"]] == [
        (date.fromisoformat(row["due_date"]) + timedelta(days=2)).isoformat() for row in signed
    ]
    assert house.run(house.reading(business_date)) == today
    assert house.steps()[-4:] == ["paying_out", "payout_failed", "paying_out", "funded"]
    assert house.given_back() == ("disbursed", WHOLE, WHOLE)
    assert funds(house) == ready - WHOLE
    assert house.balance(AccountKind.CLEARING_PAYOUT, 0) == 0
    assert bookings(house) == [("rejected", 0), ("settled", -WHOLE)]
    assert (breaks(house), books(house)) == ([], (0, 0))
    with pytest.raises(Conflict) as refusal:
        proposed_to(house, staff(house)[0])
    assert refusal.value.code == "wrong_step"
    pass_days(house, 1)
    assert file_lines(house, today) == [("payout_settled", "-30000.00")]

    # The bank contradicts itself once more, and brings the money back.
    give_back(house, first)

    _, shown = house.own_loan()
    assert (shown["state"], shown["outstanding_minor"], shown["payoff_minor"]) == ("settled", 0, 0)
    assert shown["interest_paid_minor"] == 0
    assert (funds(house), house.steps()[-1]) == (ready, "payout_failed")
    assert (breaks(house), books(house)) == ([], (0, 0))
    pass_days(house, 1)


def test_a_payout_that_did_not_leave_is_made_anew_and_never_stands_on_two_loans(house):
    first = refused(house)
    ready = funds(house)
    assert say_yes(house, first).value == "disputed"
    with pytest.raises(Conflict) as refusal:
        judged(house, first, has_moved=False)
    assert refusal.value.code == "bank_books_differ"
    statements(house)

    assert judged(house, first, has_moved=False) == ("rejected", True)

    assert (house.steps()[-1], funds(house), breaks(house)) == ("payout_failed", ready, [])
    statements(house)
    second = once_more(house)
    assert (second.state.value, house.steps()[-1], funds(house)) == (
        "settled", "funded", ready - WHOLE
    )  # fmt: skip

    # The bank's books hold the first all the same: it is out twice, and on one loan.
    both = entry_of(first), entry_of(second, reference="bk-second")
    statements(house, *both)
    assert breaks(house) == ["settled_after_no"]
    assert judged(house, first, has_moved=True) == ("settled", True)
    rows = house.fetch("select kind, owner, amount_minor from payments.break"
                       " where closed_at is null")  # fmt: skip
    assert [tuple(row) for row in rows] == [("paid_twice", "bank", -WHOLE)]
    loans = house.fetch("select count(*) from servicing.loan")[0][0]
    assert (loans, funds(house), house.own_loan()[1]["outstanding_minor"]) == (
        1, ready - WHOLE, WHOLE
    )  # fmt: skip
    assert bookings(house)[-1] == ("settled", 0)
    pass_days(house, 1)

    give_back(house, first)

    assert (breaks(house), funds(house)) == ([], ready - WHOLE)
    assert house.own_loan()[1]["outstanding_minor"] == WHOLE
    assert books(house) == (0, 0)


def test_a_payout_of_another_amount_is_given_back_and_not_made_anew_until_that_came_back(house):
    first, wrong = paid_wrongly(house)
    statements(house, wrong)
    assert breaks(house) == ["other_amount"]

    assert judged(house, first, has_moved=False) == ("rejected", True)

    assert house.steps()[-1] == "payout_failed"
    assert house.balance(AccountKind.CLEARING_PAYOUT, 0) == 0
    statements(house, wrong)
    maker, checker = staff(house)
    approval = proposed_to(house, maker)
    with pytest.raises(Conflict) as refusal:
        again(house, checker, approval)
    assert refusal.value.code == "no_clear_no"
    back = Entry("bk-back", first.end_to_end_id, WHOLE - 1, first.value_date, is_return=True)
    statements(house, wrong, back)
    again(house, checker, approval)
    house.carry()
    assert (payout(house).state.value, house.steps()[-1]) == ("settled", "funded")
    assert house.fetch("select count(*) from servicing.loan")[0][0] == 1
    assert books(house) == (0, 0)


def test_nothing_is_paid_a_third_time_while_an_earlier_payout_may_have_left(house):
    first = refused(house)
    statements(house)
    house.rail.refuses = True
    assert once_more(house).state.value == "rejected"
    house.rail.refuses = False
    house.runtime.clock.advance(timedelta(seconds=1))
    statements(house, entry_of(first))
    ready = funds(house)

    with pytest.raises(Conflict) as refusal:
        proposed_to(house, staff(house)[0])

    assert (refusal.value.code, house.steps()[-1], funds(house)) == (
        "paid_once", "payout_failed", ready
    )  # fmt: skip
    judged(house, first, has_moved=True)
    assert (house.steps()[-1], funds(house)) == ("funded", ready - WHOLE)
    assert (breaks(house), books(house)) == ([], (0, 0))


@pytest.mark.parametrize("is_told_first", [True, False])
def test_a_payout_that_came_back_less_a_charge_leaves_nobody_in_debt_and_names_the_charge(
    house, is_told_first
):
    house.read_costs()
    house.sign()
    ready = funds(house)
    house.carry()
    paid, kept = payout(house), 300
    back = Returned(paid.end_to_end_id, WHOLE - kept, "AC06", kept)
    if is_told_first:
        assert house.run(heard_back(house, paid, back))
    booked = entry_of(paid), Entry(
        "bk-back", paid.end_to_end_id, WHOLE - kept, paid.value_date, True, "AC06", kept
    )  # fmt: skip
    statements(house, *booked)
    for _ in range(2):
        house.run(house.relay.step(SETTLED, "settled"))

    _, shown = house.own_loan()
    assert (shown["state"], shown["outstanding_minor"], funds(house)) == ("settled", 0, ready)
    rows = house.fetch("select kind, owner, amount_minor from payments.break")
    assert [tuple(row) for row in rows] == [("return_charge", "bank", -kept)]
    assert bookings(house) == [("settled", -WHOLE), ("returned", WHOLE)]
    assert (books(house), house.steps()[-1]) == ((0, 0), "payout_failed")
    # Read once more, nothing is new.
    statements(house, *booked)
    assert breaks(house) == ["return_charge"]


async def heard_back(house, payment, returned):
    async with house.runtime.database.transaction() as connection:
        held = await hold(connection, 0, payment.id)
        return await hear_return(connection, house.runtime, held, returned)


def paid_wrongly(house):
    """Let the bank accept a payout, and book a fen less; return both."""
    house.read_costs()
    house.sign()
    house.run(house.relay.step(SIGNED, "payout"))
    house.run(RailWorker(house.runtime, WaitingRail()).step())
    first = payout(house)
    wrong = entry_of(first, 1 - WHOLE)
    statements(house, wrong)
    return first, wrong


def file_lines(house, day):
    """Return kind and amount of a lender's settlement of a closed day: it equals the ledger."""

    async def settled():
        async with house.runtime.database.transaction() as connection:
            lender = house.book.lenders[0].number
            return await settle(connection, house.runtime, lender, day)

    rows = csv.reader(io.StringIO(house.run(settled()).content.decode()))
    return [(row[0], row[-1]) for row in rows if row and row[0].startswith("payout")]


@pytest.mark.parametrize("has_moved", [True, False])
def test_the_lenders_files_hold_a_disputed_payout_on_its_day_and_its_end_on_the_day_of_the_verdict(
    house, has_moved
):
    first, wrong = paid_wrongly(house)
    day = first.value_date
    verdict_day = pass_days(house, 1)
    assert file_lines(house, day) == [("payout_held", "-30000.00")]
    statements(house, wrong, *([entry_of(first, reference="bk-right")] if has_moved else []))

    judged(house, first, has_moved=has_moved)

    pass_days(house, 1)
    ended = [("payout_settled", "-30000.00")] if has_moved else []
    assert file_lines(house, verdict_day) == [*ended, ("payout_hold_ended", "30000.00")]
    assert house.steps()[-1] == ("funded" if has_moved else "payout_failed")
    assert books(house) == (0, 0)


def test_a_refused_payout_of_a_joint_loan_that_left_is_owed_to_each_funder(joint_house):
    house = joint_house
    first = refused(house)
    bank = PaperBank(entry_of(first))
    bank.at = house.runtime.clock.now()
    house.runtime.clock.advance(timedelta(seconds=1))
    house.run(match_statements(house.runtime, bank, [first.lender], first.value_date))
    assert breaks(house) == ["settled_after_no"]

    judged(house, first, has_moved=True)

    assert (house.steps()[-1], breaks(house), books(house)) == ("funded", [], (0, 0))
    proof = house.run(house.reading(prove_joint, 0))
    assert (proof.loans, proof.split_differences) == (1, 0)
    assert all(one.loans_minor == one.ledger_minor for one in proof.payees)
    owed = house.fetch("select owner, balance_minor from ledger.account where kind = 3")
    assert sum(row["balance_minor"] for row in owed) == WHOLE
    assert len([row for row in owed if row["balance_minor"] > 0]) > 1
    pass_days(house, 1)


def cash_up_to(house, ceiling_minor):
    """Let the ledger refuse whatever brings the borrower more than this."""
    own = Account(0, AccountKind.BORROWER_CASH, house.caller.subject)

    async def limit():
        async with house.runtime.database.transaction() as connection:
            await open_accounts(connection, [own])
            await set_limits(connection, own, None, ceiling_minor)

    house.run(limit())


def test_a_refused_payout_that_left_was_refused_by_the_ledger_and_came_back_lets_its_day_close(
    house,
):
    first = refused(house)
    ready, before = funds(house), house.given_back()
    statements(house, entry_of(first))
    cash_up_to(house, 0)
    assert judged(house, first, has_moved=True) == ("settled", False)
    assert (breaks(house), funds(house)) == (["not_posted"], ready)

    give_back(house, first)

    assert payout_of(house, first) == ("returned", True)
    assert (breaks(house), funds(house), house.given_back()) == ([], ready, before)
    assert house.balance(AccountKind.CLEARING_PAYOUT, 0) == 0
    assert bookings(house) == [("rejected", 0), ("settled", 0), ("returned", 0)]
    assert (house.steps()[-1], books(house)) == ("payout_failed", (0, 0))
    pass_days(house, 1)


def test_money_that_came_back_and_that_the_ledger_will_not_give_free_is_a_break_and_no_fault(house):
    house.read_costs()
    house.sign()
    cash_up_to(house, 0)
    house.carry()
    ready, lead = funds(house), house.book.lenders[0].number
    own = Account(0, AccountKind.LENDER_FUNDS, lead)

    async def up_to(ceiling_minor):
        async with house.runtime.database.transaction() as connection:
            await set_limits(connection, own, 0, ceiling_minor)

    house.run(up_to(ready))

    give_back(house, payout(house))

    assert (breaks(house), funds(house)) == (["not_posted"] * 2, ready)
    assert payout_of(house, payout(house)) == ("returned", False)
    house.run(up_to(None))
    house.run(house.relay.step(SETTLED, "settled"))
    pass_days(house, 1)
