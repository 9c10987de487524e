"""Money that moved and came back in one word of the bank's is entered at the first try."""

from __future__ import annotations

import json
from datetime import timedelta

from tongtu.journey.api import SIGNED, Repayment, payment_settled, repay
from tongtu.ledger.api import AccountKind
from tongtu.payments.api import SETTLED, PaymentKind, RailWorker, Returned, find_latest
from tongtu.runtime.api import Event

from .test_late_payout import WHOLE, WaitingRail, funds, heard_back
from .test_ways_of_money import bookings, books, breaks, owed, payout


def accepted(house, payment_of):
    """Let a bank accept what is due and say no more of it; return the payment."""
    house.run(RailWorker(house.runtime, WaitingRail()).step())
    payment = payment_of()
    assert payment.state.value == "accepted"
    return payment


def hear_newest_first(house, payment):
    """Let all news of a payment be handled once, the last of it first; return their states."""
    rows = house.fetch(
        f"select cell, id, at, payload from runtime.outbox where topic = '{SETTLED}' order by id"
    )
    events = [Event(r["cell"], r["id"], SETTLED, json.loads(r["payload"]), r["at"]) for r in rows]
    of_payment = [one for one in events if one.payload["instruction"] == str(payment.id)]
    for event in reversed(of_payment):
        house.run(payment_settled(house.runtime, event))
    return [one.payload["state"] for one in of_payment]


def test_a_payout_whose_return_is_read_first_leaves_nobody_in_debt(house):
    house.read_costs()
    house.sign()
    ready = funds(house)
    house.run(house.relay.step(SIGNED, "payout"))
    first = accepted(house, lambda: payout(house))
    assert house.run(heard_back(house, first, Returned(first.end_to_end_id, WHOLE, "AC06")))

    assert hear_newest_first(house, first) == ["settled", "returned"]

    assert (house.own_loan()[1]["state"], funds(house)) == ("settled", ready)
    assert bookings(house) == [("settled", -WHOLE), ("returned", WHOLE)]
    assert house.balance(AccountKind.CLEARING_PAYOUT, 0) == 0
    assert (house.steps()[-1], breaks(house), books(house)) == ("payout_failed", [], (0, 0))


def test_a_repayment_whose_return_is_read_first_is_owed_again(house):
    house.read_costs()
    house.sign()
    house.carry()
    loan, _ = house.own_loan()
    before = owed(house), funds(house)
    house.run(repay(house.runtime, house.caller, loan, Repayment(10_000), house.key()))
    house.runtime.clock.advance(timedelta(seconds=1))
    paid = accepted(
        house, lambda: house.run(house.reading(find_latest, 0, loan, PaymentKind.COLLECTION))
    )
    assert house.run(heard_back(house, paid, Returned(paid.end_to_end_id, 10_000, "AC06")))

    assert hear_newest_first(house, paid) == ["settled", "returned"]

    assert (owed(house), funds(house)) == before
    assert bookings(house)[1:] == [("settled", 10_000), ("returned", -10_000)]
    kinds = house.fetch("select kind from servicing.loan_event order by seq")
    assert [row[0] for row in kinds] == ["disbursed", "repaid", "undone"]
    assert (breaks(house), books(house)) == ([], (0, 0))
