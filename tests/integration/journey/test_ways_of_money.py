"""Money that comes back, a no that is clear, a payout made once more by two persons."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest

from tongtu.identity.api import Role, open_staff
from tongtu.journey import outcome
from tongtu.journey.api import (
    House,
    Repayment,
    allow_verdict,
    close_days,
    match_statements,
    pay_again,
    propose_payout,
    propose_verdict,
    repay,
)
from tongtu.kernel.errors import Conflict, NotAllowed, Refused
from tongtu.ledger.api import AccountKind, balances_equal_replay
from tongtu.payments.api import (
    SETTLED,
    Entry,
    PaymentKind,
    Returned,
    Statement,
    Verdict,
    Wanted,
    close_break,
    find_latest,
    list_breaks,
)
from tongtu.payments.flow.hear import hear_return
from tongtu.payments.store.instruction import hold
from tongtu.policy.api import Laws
from tongtu.runtime.api import business_date
from tongtu.servicing.api import prove_joint


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


def paid(house, loan, amount_minor):
    house.run(repay(house.runtime, house.caller, loan, Repayment(amount_minor), house.key()))
    house.carry()
    return house.run(house.reading(find_latest, 0, loan, PaymentKind.COLLECTION))


def exposure(house):
    return house.fetch("select used_minor from origination.exposure")[0][0]


def owed(house):
    _, shown = house.own_loan()
    rows = [(row["nr"], row["paid_minor"]) for row in shown["schedule"]]
    return shown["state"], shown["outstanding_minor"], shown["payoff_minor"], rows


def test_a_repayment_that_the_bank_takes_back_is_owed_again_as_if_it_had_never_come(house):
    house.read_costs()
    house.sign()
    house.carry()
    loan, _ = house.own_loan()
    lender = house.book.lenders[0].number
    before = owed(house), house.balance(AccountKind.LENDER_FUNDS, lender), exposure(house)
    payment = paid(house, loan, 10_000)
    assert owed(house) != before[0]

    give_back(house, payment)
    # The same news again changes nothing.
    house.run(house.relay.step(SETTLED, "settled"))

    assert (owed(house), house.balance(AccountKind.LENDER_FUNDS, lender), exposure(house)) == before
    assert bookings(house)[1:] == [("settled", 10_000), ("returned", -10_000)]
    kinds = house.fetch("select kind from servicing.loan_event order by seq")
    assert [row[0] for row in kinds] == ["disbursed", "repaid", "undone"]
    assert breaks(house) == []
    assert books(house) == (0, 0)


def test_a_loan_that_a_taken_back_repayment_had_settled_lives_again(house):
    house.read_costs()
    house.sign()
    house.carry()
    loan, shown = house.own_loan()
    before = owed(house), exposure(house)
    payment = paid(house, loan, shown["payoff_minor"])
    assert (house.own_loan()[1]["state"], exposure(house)) == ("settled", 0)
    assert house.steps()[-1] == "settled"

    give_back(house, payment)

    assert (owed(house), exposure(house)) == before
    assert house.steps()[-2:] == ["settled", "funded"]
    again = paid(house, loan, shown["payoff_minor"])
    assert (again.state.value, house.own_loan()[1]["state"]) == ("settled", "settled")
    assert house.steps()[-1] == "settled"
    assert books(house) == (0, 0)


def test_a_taken_back_repayment_of_a_joint_loan_is_taken_back_from_each_payee(joint_house):
    house = joint_house
    house.read_costs()
    house.sign()
    house.carry()
    loan, shown = house.own_loan()
    sums = "select kind, owner, sum(balance_minor)::int8 from ledger.account group by 1, 2 order by 1, 2"
    before = owed(house), house.fetch(sums)
    payment = paid(house, loan, shown["schedule"][0]["total_minor"])

    give_back(house, payment)

    assert owed(house) == before[0]
    assert house.fetch(sums) == before[1]
    told = house.fetch(
        "select payee, sum(amount_minor)::int8, sum(service_fee_minor)::int8, count(*) "
        "from funding.split_instruction group by 1"
    )
    assert len(told) == 4
    assert {tuple(row)[1:] for row in told} == {(0, 0, 2)}
    proof = house.run(house.reading(prove_joint, 0))
    assert (proof.loans, proof.split_differences) == (1, 0)
    assert all(one.loans_minor == one.ledger_minor for one in proof.payees)
    assert breaks(house) == []
    assert books(house) == (0, 0)


def test_a_repayment_that_can_be_undone_no_more_is_a_break_of_servicing(house, monkeypatch):
    house.read_costs()
    house.sign()
    house.carry()
    loan, _ = house.own_loan()
    payment = paid(house, loan, 10_000)
    before = owed(house), exposure(house)

    async def refuse(*_):
        raise Refused("what it brought was given back", code="refunded_already")

    monkeypatch.setattr(outcome, "take_back", refuse)
    give_back(house, payment)

    [row] = house.run(house.reading(list_breaks, Wanted()))
    assert (row.found.kind.value, row.found.owner.value) == ("returned_collection", "servicing")
    assert (row.found.amount_minor, row.found.instruction) == (-10_000, payment.id)
    assert bookings(house)[1:] == [("settled", 10_000), ("returned", 0)]
    assert (owed(house), exposure(house)) == before
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
    all_of = House(house.runtime, Laws(house.pack), house.book)
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


def pass_days(house, count):
    """Close so many days and return the one that is open then."""
    later = house.run(house.reading(business_date)) + timedelta(days=count)
    house.run(close_days(house, later - timedelta(days=1)))
    return later


def again(house, checker, approval):
    return house.run(
        pay_again(
            House(house.runtime, Laws(house.pack), house.book), checker, approval, house.key()
        )
    )


def proposed_to(house, maker):
    asked = propose_payout(house.runtime, maker, house.application, house.key())
    return house.runtime.public.read("approval", json.loads(house.run(asked))["approval"])


def test_a_second_payout_on_a_later_day_moves_the_dates_and_no_amount(house):
    refused(house)
    maker, checker = staff(house)
    approval = proposed_to(house, maker)
    signed = house.fetch("select deal from contracts.agreement")[0][0]
    rows = json.loads(signed)["rows"]
    statements(house)
    later = pass_days(house, 3)

    again(house, checker, approval)
    house.carry()

    _, shown = house.own_loan()
    plan = shown["schedule"]
    assert [row["due_date"] for row in plan] == [
        (date.fromisoformat(row["due_date"]) + timedelta(days=3)).isoformat() for row in rows
    ]
    assert [row["total_minor"] for row in plan] == [
        row["principal_minor"] + row["interest_minor"] + row["fee_minor"] for row in rows
    ]
    assert (shown["outstanding_minor"], shown["payoff_minor"]) == (3_000_000, 3_000_000)
    assert house.steps()[-1] == "funded"
    assert payout(house).value_date == later
    # What was signed stays as it was signed.
    assert house.fetch("select deal from contracts.agreement")[0][0] == signed
    assert books(house) == (0, 0)


def test_no_second_payout_once_the_agreement_has_ended(house):
    refused(house)
    maker, checker = staff(house)
    approval = proposed_to(house, maker)
    statements(house)
    pass_days(house, 11)
    before = house.given_back(), house.steps(), bookings(house)

    with pytest.raises(Conflict) as ended:
        again(house, checker, approval)

    assert ended.value.code == "lapsed"
    assert (house.given_back(), house.steps(), bookings(house)) == before
    assert [wire.amount_minor for wire in house.rail.sent] == [3_000_000]
    assert house.fetch("select count(*) from payments.warrant where voided_at is null")[0][0] == 1


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
        all_of = House(house.runtime, Laws(house.pack), house.book)
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


def disputed(house):
    """A collection that the bank refused, and has in its books all the same."""
    house.read_costs()
    house.sign()
    house.carry()
    loan, _ = house.own_loan()
    house.rail.refuses = True
    payment = paid(house, loan, 10_000)
    assert payment.state.value == "rejected"
    today = house.run(house.reading(business_date))
    statements(house, *_payout_of(house, today),
               Entry("bk-late", payment.end_to_end_id, 10_000, today))  # fmt: skip
    return payment


def _payout_of(house, today):
    sent = payout(house)
    return [Entry("bk-payout", sent.end_to_end_id, -sent.amount_minor, today)]


def test_a_disputed_repayment_is_on_the_loan_once_two_persons_say_that_it_moved(house):
    payment = disputed(house)
    maker, checker = staff(house)
    before = owed(house)
    assert breaks(house) == ["settled_after_no"]
    moved = Verdict(payment.id, has_moved=True, reason="it is in the statement")

    wrong = Verdict(payment.id, has_moved=False, reason="it is not there")
    with pytest.raises(Conflict) as refusal:
        house.run(propose_verdict(house.runtime, maker, wrong, house.key()))
    assert refusal.value.code == "bank_books_differ"
    told = json.loads(house.run(propose_verdict(house.runtime, maker, moved, house.key())))
    approval = house.runtime.public.read("approval", told["approval"])
    with pytest.raises(NotAllowed):
        house.run(allow_verdict(house.runtime, maker, approval, house.key()))
    assert owed(house) == before
    house.run(allow_verdict(house.runtime, checker, approval, house.key()))
    house.run(house.relay.step(SETTLED, "settled"))

    assert owed(house)[3][0] == (1, 10_000)
    assert breaks(house) == []
    assert bookings(house)[-1] == ("settled", 10_000)
    assert books(house) == (0, 0)
    today = house.run(house.reading(business_date))
    again = statements(house, *_payout_of(house, today),
                       Entry("bk-late", payment.end_to_end_id, 10_000, today))  # fmt: skip
    assert [(one.matched, one.breaks) for one in again] == [(0, 0)]
