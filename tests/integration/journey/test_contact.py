"""Nobody is contacted about a debt that is not there."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tongtu.journey.api import Contact, contact_borrower
from tongtu.kernel.errors import Conflict
from tongtu.notice.api import Channel
from tongtu.runtime.api import business_date

from .test_ways_of_money import give_back, pass_days, payout, staff


@pytest.fixture
def lent(house):
    house.read_costs()
    house.sign()
    house.carry()
    house.caller_of_loan = staff(house)[0]
    return house


def to_noon(house):
    """Move the clock to the next noon of the borrower's day."""
    now = house.runtime.clock.now()
    local = now.astimezone(ZoneInfo("Asia/Shanghai"))
    noon = datetime(local.year, local.month, local.day, 12, tzinfo=local.tzinfo)
    house.runtime.clock.advance(noon + timedelta(days=1) - now)


def called(house, loan):
    wish = Contact(loan, Channel.CALL)
    return house.run(contact_borrower(house, house.caller_of_loan, wish, house.key()))


def refused_as(house, loan):
    with pytest.raises(Conflict) as refusal:
        called(house, loan)
    assert house.fetch("select count(*) from notice.contact")[0][0] == 0
    return refusal.value.code


def test_nobody_is_called_before_anything_is_overdue_and_may_be_from_then_on(lent):
    house = lent
    loan, shown = house.own_loan()
    to_noon(house)
    assert refused_as(house, loan) == "nothing_overdue"
    due = date.fromisoformat(shown["schedule"][0]["due_date"])
    days = (due - house.run(house.reading(business_date))).days
    pass_days(house, days)
    assert refused_as(house, loan) == "nothing_overdue"  # it is due today, and not late
    pass_days(house, 1)

    assert json.loads(called(house, loan))["contact"]
    assert house.fetch("select count(*) from notice.contact")[0][0] == 1


def test_nobody_is_called_about_a_loan_that_is_over(lent):
    house = lent
    loan, _ = house.own_loan()
    give_back(house, payout(house))
    to_noon(house)

    assert refused_as(house, loan) == "nothing_overdue"
