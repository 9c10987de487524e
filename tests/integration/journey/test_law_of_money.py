"""What the law of a day forbids of money is refused by the books themselves, and nothing moves."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from tongtu.journey.api import Repayment, close_days, forbid_flows, repay
from tongtu.journey.law_of_money import check_accrual
from tongtu.kernel.errors import Refused
from tongtu.ledger.api import (
    Account,
    AccountKind,
    Code,
    PostingResult,
    Transfer,
    open_accounts,
    post,
)
from tongtu.payments.api import PaymentKind, Wanted, close_break, find_latest, list_breaks
from tongtu.policy.api import read_overlay
from tongtu.servicing.api import Money, record_repayment
from tongtu.servicing.flow import cap

from .test_ways_of_money import give_back, staff

DAY = date(2026, 11, 24)
OVERLAY = """
id = "drill"
base = "cn/2026.08"
languages = ["zh", "en"]
effective_from = 2026-11-24
"""
NO_GUARANTOR = '[sets.fee_payee]\nremove = ["guarantor"]\n'
# The loan of the house is late at 10.8 % a year; from the 25th no lender may take more than 10.
LOWER_CAP = (
    "name,key,value,effective_from,effective_to,label,source\n"
    "overdue_cap_ppm,*,100000,2026-11-25,2030-12-31,P,a drill\n"
)
LATER_CAP = LOWER_CAP.replace("2026-11-25", "2027-01-10")


@pytest.fixture
def tightened(tmp_path):
    def tighten(pack, text="", params=""):
        (tmp_path / "overlay.toml").write_text(OVERLAY + text, "utf-8")
        if params:
            (tmp_path / "params.csv").write_text(params, "utf-8")
        return pack.tightened(read_overlay(tmp_path))

    return tighten


def pay(house, kind):
    """Let the borrower pay one fen to an account of a kind; return what the ledger says."""
    payer = Account(0, AccountKind.BORROWER_CASH, house.caller.subject)
    payee = Account(0, kind, house.book.lenders[0].number if kind in OF_LENDERS else 0)
    number = house.runtime.ids.new(7)

    async def work():
        async with house.runtime.database.transaction() as connection:
            await open_accounts(connection, [payer, payee])
            moved = Transfer(number, payer.id, payee.id, 1, Code.CORRECTION)
            [answer] = await post(connection, 0, [moved], DAY, house.runtime.clock.now())
            return answer

    return house.run(work()), house.balance(kind, payee.owner)


OF_LENDERS = (AccountKind.LENDER_FUNDS,)


def test_what_the_pack_forbids_of_a_borrowers_money_the_ledger_refuses(house, tightened):
    house.run(forbid_flows(house.runtime, house.pack, DAY))
    assert pay(house, AccountKind.GUARANTOR_FUNDS) == (PostingResult.POSTED, 1)
    own = tightened(house.pack, NO_GUARANTOR)

    house.run(forbid_flows(house.runtime, own, DAY))

    assert pay(house, AccountKind.GUARANTOR_FUNDS) == (PostingResult.FORBIDDEN, 1)
    assert pay(house, AccountKind.MERCHANT_CASH) == (PostingResult.FORBIDDEN, 0)


def test_what_an_earlier_law_alone_forbade_is_allowed_again_and_the_house_keeps_its_own(
    house, tightened
):
    count = "select count(*) filter (where law is null), count(law) from ledger.forbidden_flow"
    before = house.fetch(count)[0][0]
    house.run(forbid_flows(house.runtime, tightened(house.pack, NO_GUARANTOR), DAY))

    house.run(forbid_flows(house.runtime, house.pack, DAY))
    house.run(forbid_flows(house.runtime, house.pack, DAY))

    assert pay(house, AccountKind.GUARANTOR_FUNDS) == (PostingResult.POSTED, 1)
    assert pay(house, AccountKind.PLATFORM_FEE)[0] is PostingResult.FORBIDDEN
    kept, of_law = house.fetch(count)[0]
    assert (kept, of_law > 0) == (before, True)


@pytest.fixture
def lent(house):
    house.read_costs()
    house.sign()
    house.carry()
    return house


def capped(house):
    return house.fetch(
        "select e.details ->> 'overdue_rate_bps' as rate, e.seq from servicing.loan_event e"
        " where e.kind = 'overdue_capped'"
    )


def highest(house):
    return house.fetch("select overdue_rate_max_bps from servicing.control")[0][0]


def test_an_overdue_rate_above_the_cap_of_a_day_is_capped_and_the_books_go_on(lent, tightened):
    house = lent
    under = replace(house, pack=tightened(house.pack, params=LOWER_CAP))
    house.run(close_days(under, DAY))
    assert (capped(house), highest(house)) == ([], 1_080)

    [second] = house.run(close_days(under, DAY + timedelta(days=1)))

    assert [tuple(row) for row in capped(house)] == [("1000", 2)]
    assert (highest(house), second.accrued_minor) == (1_000, 600)
    # A person has to tell the lender that its paper asks for more than the loan.
    [found] = house.run(house.reading(list_breaks, Wanted()))
    assert (found.found.kind.value, found.found.owner.value, found.found.reference) == (
        "overdue_above_cap", "servicing", "2026-11-25/1000"
    )  # fmt: skip
    assert (found.found.lender, found.found.amount_minor) == (house.book.lenders[0].number, 0)
    told = "select payload from runtime.outbox where topic = 'servicing.overdue_capped'"
    assert len(house.fetch(told)) == 1
    # Forty days on, ten of them late: the lower rate is what it bears, in the books and on the page.
    house.run(close_days(under, date(2027, 1, 3)))
    assert len(capped(house)) == 1
    shown = house.own_loan()[1]
    assert shown["overdue_interest_minor"] == round(994_024 * 11 * 0.10 / 360)


def test_a_cap_that_is_known_late_holds_from_the_laws_first_day_and_what_ran_before_stays_owed(
    lent, tightened
):
    house, late = lent, 994_024
    # Due on 24 December; late nights at 10.8 % until the law's day, whoever knows of it when.
    house.run(close_days(house, date(2027, 1, 13)))
    assert house.own_loan()[1]["overdue_interest_minor"] == round(late * 21 * 1_080 / 3_600_000)
    under = replace(house, pack=tightened(house.pack, params=LATER_CAP))

    house.run(close_days(under, date(2027, 1, 14)))

    [event] = house.fetch("select value_date, business_date, details from servicing.loan_event"
                          " where kind = 'overdue_capped'")  # fmt: skip
    assert (event["value_date"], event["business_date"]) == (date(2027, 1, 10), date(2027, 1, 14))
    # Sixteen nights at what was signed, the rest at the cap; the loan shows what counts from now on.
    assert house.own_loan()[1]["overdue_interest_minor"] == round(
        late * (16 * 1_080 + 6 * 1_000) / 3_600_000
    )
    assert house.own_loan()[1]["overdue_rate_bps"] == 1_000
    [row] = house.run(house.reading(list_breaks, Wanted()))
    assert row.found.reference == "2027-01-10/1000"
    # The books go on with the loan, and the day closes.
    house.run(close_days(under, date(2027, 2, 10)))
    assert len(capped(house)) == 1
    maker, _ = staff(house)

    async def close():
        async with house.runtime.database.transaction() as connection:
            return await close_break(connection, house.runtime, maker, row.id, "lender told")

    assert house.run(close()).reason == "lender told"


def test_a_rate_whose_loans_are_all_settled_keeps_no_day_and_is_asked_about_no_more(
    lent, tightened
):
    house = lent
    loan, shown = house.own_loan()
    asked = Repayment(shown["payoff_minor"])
    house.run(repay(house.runtime, house.caller, loan, asked, house.key()))
    house.carry()
    payment = house.run(house.reading(find_latest, 0, loan, PaymentKind.COLLECTION))
    under = replace(house, pack=tightened(house.pack, params=LOWER_CAP))

    house.run(close_days(under, DAY + timedelta(days=1)))

    assert (capped(house), highest(house)) == ([], 1_000)
    # Its payment goes back: it is live again, and so is its rate, until the next day end.
    give_back(house, payment)
    assert (house.own_loan()[1]["state"], highest(house)) == ("live", 1_080)
    house.run(close_days(under, DAY + timedelta(days=2)))
    assert [row["rate"] for row in capped(house)] == ["1000"]


def test_a_loan_that_is_paid_off_while_others_are_capped_keeps_no_day_open(
    lent, tightened, monkeypatch
):
    house, change = lent, cap.record_change
    paid = Money(house.runtime.ids.new(7), 2 * house.own_loan()[1]["payoff_minor"], DAY)

    async def paid_meanwhile(connection, runtime, cell, loan, asked):
        async with runtime.database.transaction() as other:
            await record_repayment(other, runtime, cell, loan, paid)
        return await change(connection, runtime, cell, loan, asked)

    monkeypatch.setattr(cap, "record_change", paid_meanwhile)
    under = replace(house, pack=tightened(house.pack, params=LOWER_CAP))

    house.run(close_days(under, DAY + timedelta(days=1)))

    assert (house.own_loan()[1]["state"], capped(house), highest(house)) == ("settled", [], 1_000)


def test_a_law_under_which_nothing_may_accrue_keeps_the_day_open(lent):
    house = lent
    posted = house.fetch("select count(*) from ledger.transfer")[0][0]

    with pytest.raises(Refused) as refusal:
        house.run(check_accrual(house.runtime, house.pack, house.book, date(2025, 9, 30)))

    assert refusal.value.code == "accrual_refused"
    assert house.fetch("select count(*) from ledger.transfer")[0][0] == posted
    assert (capped(house), highest(house)) == ([], 1_080)
