from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from tongtu.contracts import rules
from tongtu.contracts.authority import LocalCa
from tongtu.contracts.model import Deal, Lender, PlanRow
from tongtu.contracts.paper import Borrower, Cover, agreement_data
from tongtu.terms.api import LoanTerms, monthly_fee, quote, schedule

AT = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
START = date(2026, 11, 24)


def made(principal=3_000_000, rate=720, tenor=12, fee=0):
    rows, before = [], START
    for row in schedule(LoanTerms(principal, rate, tenor, START, fees=monthly_fee(fee))).rows:
        amounts = (row.principal_minor, row.interest_minor, row.fee_minor)
        rows.append(PlanRow(row.nr, before, row.due_date, *amounts))
        before = row.due_date
    figures = quote(principal, rate, tenor, fee)
    return Deal(
        offer=1,
        application=2,
        decision=3,
        party=4,
        commitment=5,
        lender=Lender(1, "云岫银行", "Yunxiu Bank"),
        program=6,
        product="consumer_cash",
        product_zh="个人消费现金贷",
        product_en="Consumer cash loan",
        principal_minor=principal,
        rate_bps=rate,
        fee_monthly_minor=fee,
        fee_payee_zh="合作担保公司" if fee else "",
        fee_payee_en="the partner guarantor" if fee else "",
        overdue_rate_bps=rules.overdue_rate_bps(rate, 240_000),
        irr12_ppm=figures.irr12_ppm,
        effective_ppm=figures.effective_ppm,
        cap_ppm=240_000,
        rows=tuple(rows),
    )


@pytest.fixture(scope="session")
def deal():
    return made


@pytest.fixture(scope="session")
def page_data():
    given = made(fee=1_500)
    who = Borrower("王小明", "110101199001011234", "pt_0123456789abc")
    cover = Cover("ag_0123456789abc", START, 10, bytes(32))
    return agreement_data(given, rules.cost_table(given), who, cover)


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    return LocalCa.open(tmp_path_factory.mktemp("home"), AT, bytes(range(1, 20)))
