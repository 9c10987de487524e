from __future__ import annotations

from datetime import date

import pytest

from tongtu.servicing.model import EventKind, FrozenTerms, LoanEvent, Planned
from tongtu.terms.api import LoanTerms, Method, monthly_fee, schedule


def make_terms(
    principal=3_000_000, rate=720, tenor=12, fee=0, *, start=date(2026, 11, 24), late=1080,
    method=Method.EQUAL_INSTALMENT,
):  # fmt: skip
    rows, before = [], start
    plan = LoanTerms(principal, rate, tenor, start, method=method, fees=monthly_fee(fee))
    for row in schedule(plan).rows:
        amounts = (row.principal_minor, row.interest_minor, row.fee_minor)
        rows.append(Planned(row.nr, before, row.due_date, *amounts))
        before = row.due_date
    return FrozenTerms(principal, rate, late, tuple(rows), method=method)


def paid(seq, on, amount, entered=None):
    return LoanEvent(seq, EventKind.REPAID, on, entered or on, amount, payment=seq)


@pytest.fixture(scope="session")
def terms():
    return make_terms()


@pytest.fixture(scope="session")
def make():
    return make_terms


@pytest.fixture(scope="session")
def pay():
    return paid
