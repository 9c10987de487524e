"""What the law of a day forbids of money is refused by the books themselves, and nothing moves."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from tongtu.journey.api import close_days, forbid_flows
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
from tongtu.policy.api import read_overlay

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


def test_a_day_does_not_close_over_an_overdue_rate_above_the_cap_of_that_day(house, tightened):
    house.read_costs()
    house.sign()
    house.carry()
    law = tightened(house.pack, params=LOWER_CAP)
    under = replace(house, pack=law)
    [first] = house.run(close_days(under, DAY))
    posted = house.fetch("select count(*) from ledger.transfer")[0][0]

    with pytest.raises(Refused, match="PRICE-06") as refusal:
        house.run(close_days(under, DAY + timedelta(days=1)))

    assert refusal.value.code == "accrual_refused"
    assert first.accrued_minor == 0
    assert house.fetch("select count(*) from ledger.transfer")[0][0] == posted
    days = house.fetch("select max(business_date) from servicing.day_end where step = 'closed'")
    assert days[0][0] == DAY
    # Under the law that it was signed under the same day closes.
    [second] = house.run(close_days(house, DAY + timedelta(days=1)))
    assert second.accrued_minor > 0
