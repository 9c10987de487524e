"""A loan that was written off may still be paid: what comes is a recovery, up to what was lost."""

from __future__ import annotations

import pytest

from tongtu.journey.api import Repayment, preview_own_repayment, repay
from tongtu.kernel.errors import Refused
from tongtu.ledger.api import AccountKind
from tongtu.servicing.api import EventKind

from .test_money_back import allowed, paying, sent, stands  # noqa: F401 - one is a fixture
from .test_ways_of_money import books, breaks


def pay(house, amount_minor):
    asked = Repayment(amount_minor)
    house.run(repay(house.runtime, house.caller, house.loan, asked, house.key()))
    house.carry()


def test_a_borrower_pays_what_was_written_off_and_it_is_a_recovery_up_to_what_was_lost(
    paying,  # noqa: F811
):
    house = paying
    # The interest paid ahead of days that do not come pays principal: the loss is the pay-off.
    debt = house.own_loan()[1]["payoff_minor"]
    allowed(house, EventKind.WRITTEN_OFF, 0)
    shown = house.own_loan()[1]
    assert (shown["state"], shown["payoff_minor"], shown["limit_minor"]) == ("written_off", 0, debt)
    before, funds = stands(house), house.balance(AccountKind.LENDER_FUNDS, house.lender)

    with pytest.raises(Refused) as refusal:
        pay(house, debt + 1)
    assert (refusal.value.code, stands(house)) == ("more_than_owed", before)
    asked = Repayment(100_000)
    seen = house.run(preview_own_repayment(house.runtime, house.caller, house.loan, asked))
    pay(house, 100_000)

    shown = house.own_loan()[1]
    assert (shown["state"], shown["limit_minor"]) == ("written_off", debt - 100_000)
    assert (shown["events"][-1]["kind"], shown["events"][-1]["parts"]) == (
        "recovered", seen["parts"]
    )  # fmt: skip
    pay(house, debt - 100_000)
    assert house.own_loan()[1]["limit_minor"] == 0
    assert house.balance(AccountKind.LENDER_FUNDS, house.lender) == funds + debt
    assert (sent(house), breaks(house), books(house)) == ([], [], (0, 0))
