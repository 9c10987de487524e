"""What is paid beyond a debt settles it, and what is more goes back by itself."""

from __future__ import annotations

import pytest

from tongtu.journey import credit_balance
from tongtu.journey.api import Repayment, close_days, preview_own_repayment
from tongtu.journey.credit_balance import give_rests_back
from tongtu.kernel.errors import Broken, Conflict, Refused
from tongtu.ledger.api import AccountKind
from tongtu.payments.api import Instruction, PaymentKind, Wanted, collect, find_latest, list_breaks
from tongtu.runtime.api import business_date
from tongtu.servicing.api import EventKind, OtherWay

from .test_money_back import (  # noqa: F401 - two are fixtures
    allowed,
    last_refund,
    overpaid,
    pay_too_much,
    paying,
    sent,
)
from .test_ways_of_money import bookings, books, breaks, give_back, payout


def came(house, amount_minor):
    """Let the bank bring so much of the borrower's, as when two payments were under way at once."""

    async def written():
        async with house.runtime.database.transaction() as connection:
            today = await business_date(connection)
            number, party = house.runtime.ids.new(7), house.caller.subject
            await collect(connection, house.runtime, Instruction(
                0, number, PaymentKind.COLLECTION, house.loan, party, house.lender, amount_minor,
                today))  # fmt: skip

    house.run(written())
    house.carry()


def ended(house):
    shown = house.own_loan()[1]
    return shown["state"], shown["payoff_minor"], shown["owed_back_minor"]


def close_today(house):
    today = house.run(house.reading(business_date))
    house.run(close_days(house, today))


def notices(house):
    rows = house.fetch("select template from notice.box where template = 'going_back'")
    return len(rows)


def suspense(house):
    return house.balance(AccountKind.SUSPENSE, 0)


def test_one_fen_more_than_the_pay_off_settles_the_loan_and_goes_back_by_itself(paying):  # noqa: F811
    house, payoff = paying, paying.own_loan()[1]["payoff_minor"]
    funds = house.balance(AccountKind.LENDER_FUNDS, house.lender)

    came(house, payoff + 1)

    assert ended(house) == ("settled", 0, 1)
    assert house.steps()[-1] == "settled"
    assert (sent(house), suspense(house), notices(house)) == ([(1, "intended")], 1, 1)
    house.carry()
    assert (sent(house), suspense(house)) == ([(1, "settled")], 0)
    assert ended(house) == ("settled", 0, 0)
    assert house.balance(AccountKind.LENDER_FUNDS, house.lender) == funds + payoff
    assert house.fetch("select loan from servicing.credit_balance") == []
    # The same news again, and the next day's opening, give nothing back twice.
    close_today(house)
    house.carry()
    assert (sent(house), breaks(house), books(house)) == ([(1, "settled")], [], (0, 0))


def test_the_preview_of_a_repayment_is_what_it_comes_to_and_writes_nothing(paying):  # noqa: F811
    house, payoff = paying, paying.own_loan()[1]["payoff_minor"]
    before = house.fetch("select count(*) from payments.instruction")

    def seen(amount_minor, **chosen):
        asked = Repayment(amount_minor, **chosen)
        return house.run(preview_own_repayment(house.runtime, house.caller, house.loan, asked))

    part, whole = seen(100_000, is_shortened=True), seen(payoff)
    with pytest.raises(Refused) as refusal:
        seen(payoff + 1)

    assert refusal.value.code == "more_than_owed"
    assert house.fetch("select count(*) from payments.instruction") == before
    assert (part["state"], sum(one["amount_minor"] for one in part["parts"])) == ("live", 100_000)
    assert part["schedule"] != seen(100_000, is_shortened=False)["schedule"]
    assert (whole["state"], whole["payoff_minor"], whole["going_back_minor"]) == ("settled", 0, 0)
    came(house, payoff)
    shown = house.own_loan()[1]
    assert shown["schedule"] == whole["schedule"]
    assert shown["events"][-1]["parts"] == whole["parts"]


def test_what_came_while_a_refund_was_under_way_goes_back_when_the_next_day_opens(paying):  # noqa: F811
    house, payoff = paying, paying.own_loan()[1]["payoff_minor"]
    came(house, payoff + 900)
    house.run(pay_too_much(house, 300 - 900))
    house.run(give_rests_back(house.runtime, 0))
    assert (sent(house), ended(house)) == ([(900, "intended")], ("settled", 0, 1_200))
    house.carry()

    assert (sent(house), ended(house)) == ([(900, "settled")], ("settled", 0, 300))
    close_today(house)
    house.carry()

    assert (sent(house), ended(house)) == ([(900, "settled"), (300, "settled")], ("settled", 0, 0))
    assert (breaks(house), books(house), suspense(house)) == ([], (0, 0), 0)


def test_what_lay_beyond_the_debt_before_it_went_back_by_itself_goes_back(overpaid):  # noqa: F811
    house = overpaid
    assert (sent(house), ended(house)) == ([], ("settled", 0, 900))

    close_today(house)
    house.carry()

    assert (sent(house), ended(house)) == ([(900, "settled")], ("settled", 0, 0))


def test_what_no_bank_takes_is_tried_three_days_and_then_a_persons(paying):  # noqa: F811
    house, payoff = paying, paying.own_loan()[1]["payoff_minor"]
    came(house, payoff + 900)
    house.rail.refuses = True
    house.carry()
    close_today(house)
    house.carry()
    house.rail.refuses = False
    close_today(house)
    house.carry()
    give_back(house, last_refund(house))  # the third was paid, and came back
    assert (breaks(house), notices(house)) == ([], 1)

    close_today(house)
    house.carry()

    tries = [(900, "rejected"), (900, "rejected"), (900, "returned")]
    assert (sent(house), ended(house)) == (tries, ("settled", 0, 900))
    [row] = house.run(house.reading(list_breaks, Wanted()))
    assert (row.found.kind.value, row.found.owner.value, row.found.amount_minor) == (
        "owed_to_borrower", "servicing", 0
    )  # fmt: skip
    assert allowed(house, EventKind.BALANCE_REFUNDED, 900)["state"] == "settled"
    house.carry()
    assert (sent(house), ended(house)) == ([*tries, (900, "settled")], ("settled", 0, 0))
    assert (breaks(house), books(house), suspense(house)) == ([], (0, 0), 0)


def test_what_was_repaid_of_a_payout_that_came_back_goes_back_and_each_booking_is_the_ledgers(
    paying,  # noqa: F811
):
    house = paying  # of 30,000 yuan 3,000 were paid
    give_back(house, payout(house))

    assert (ended(house), sent(house)) == (("settled", 0, 300_000), [(300_000, "intended")])
    booked = [("returned", 2_700_000), ("settled", -3_000_000), ("settled", 300_000)]
    assert sorted(bookings(house)) == booked
    funds = house.balance(AccountKind.LENDER_FUNDS, house.lender)
    house.carry()
    assert (ended(house), sent(house)) == (("settled", 0, 0), [(300_000, "settled")])
    assert house.balance(AccountKind.LENDER_FUNDS, house.lender) == funds
    assert sorted(bookings(house)) == [*booked[:2], ("settled", 0), booked[2]]
    assert (breaks(house), books(house), suspense(house)) == ([], (0, 0), 0)


def test_nothing_more_goes_back_while_a_refund_that_the_loan_could_not_take_is_unexplained(
    paying,  # noqa: F811
):
    house, payoff = paying, paying.own_loan()[1]["payoff_minor"]
    first = house.run(house.reading(find_latest, 0, house.loan, PaymentKind.COLLECTION))
    came(house, payoff + 300_500)
    assert sent(house) == [(300_500, "intended")]
    give_back(house, first)  # on the way the bank takes a repayment of 3,000 yuan back

    house.carry()
    assert (sent(house), ended(house)) == ([(300_500, "settled")], ("settled", 0, 500))
    for _ in range(2):
        close_today(house)
        house.carry()

    # The 180 yuan of interest that the first repayment paid ahead had paid with the pay-off.
    # The loan could not take the refund, and what it still shows is not sent a second time.
    assert (sent(house), ended(house)) == ([(300_500, "settled")], ("settled", 0, 500))
    [row] = house.run(house.reading(list_breaks, Wanted()))
    assert row.found.kind.value == "refund_not_booked"


def test_what_reached_the_borrower_in_another_way_is_booked_by_two_persons_and_ends_the_break(
    paying,  # noqa: F811
):
    house, payoff = paying, paying.own_loan()[1]["payoff_minor"]
    came(house, payoff + 900)
    house.rail.refuses = True
    for _ in range(3):
        house.carry()
        close_today(house)
    house.carry()
    close_today(house)
    assert [row.found.kind.value for row in house.run(house.reading(list_breaks, Wanted()))] == [
        "owed_to_borrower"
    ]
    wires, funds = len(house.rail.sent), house.balance(AccountKind.LENDER_FUNDS, house.lender)

    made = allowed(house, EventKind.BALANCE_REFUNDED, 900, details=OtherWay("cash, receipt 17"))
    house.carry()

    assert (made["payment"], made["owed_back_minor"], ended(house)) == (None, 0, ("settled", 0, 0))
    assert (len(house.rail.sent), breaks(house), suspense(house)) == (wires, [], 0)
    assert house.balance(AccountKind.LENDER_FUNDS, house.lender) == funds
    assert books(house) == (0, 0)


def test_nothing_is_booked_as_paid_in_another_way_while_a_refund_is_under_way(paying):  # noqa: F811
    house, payoff = paying, paying.own_loan()[1]["payoff_minor"]
    came(house, payoff + 900)
    before = (sent(house), ended(house), suspense(house))

    with pytest.raises(Conflict) as refusal:
        allowed(house, EventKind.BALANCE_REFUNDED, 900, details=OtherWay("cash, receipt 17"))

    assert refusal.value.code == "refund_under_way"
    assert (sent(house), ended(house), suspense(house)) == before


def test_refunds_that_failed_before_one_arrived_and_those_of_another_kind_count_for_nothing(
    paying,  # noqa: F811
):
    house = paying
    house.rail.refuses = True
    for _ in range(3):
        allowed(house, EventKind.CASH_REFUNDED, 100)
        house.carry()
    house.rail.refuses = False

    came(house, house.own_loan()[1]["payoff_minor"] + 900)
    house.carry()

    assert (sent(house)[3:], ended(house)) == ([(900, "settled")], ("settled", 0, 0))
    assert breaks(house) == []


def test_a_rest_that_cannot_go_back_never_undoes_the_repayment_it_hangs_on(
    paying,  # noqa: F811
    monkeypatch,
):
    house, payoff = paying, paying.own_loan()[1]["payoff_minor"]

    async def broken(*_):
        raise Broken("the bank's door is shut")

    monkeypatch.setattr(credit_balance, "send_money_back", broken)
    came(house, payoff + 900)
    assert (ended(house), sent(house)) == (("settled", 0, 900), [])
    monkeypatch.undo()

    close_today(house)
    house.carry()

    assert (ended(house), sent(house)) == (("settled", 0, 0), [(900, "settled")])
