"""A loan's statement as a file says what the JSON says, to the fen."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from tongtu.contracts.api import STATEMENT
from tongtu.contracts.press import print_page
from tongtu.journey.loan_statement import COLUMNS, NAMES, PARTS, statement_csv, statement_data
from tongtu.kernel.ids import PublicIds
from tongtu.servicing.api import EventKind, LoanEvent, LoanStatus
from tongtu.servicing.flow.entry import parts_of
from tongtu.servicing.model import FrozenTerms, Planned
from tongtu.servicing.model.event import Target
from tongtu.servicing.rules.fold import fold
from tongtu.servicing.store.loan import Entered, LoanRow
from tongtu.servicing.view import statement_json
from tongtu.terms.api import LoanTerms, monthly_fee, schedule

OPENED = date(2026, 11, 24)
AT = datetime(2026, 11, 24, 1, tzinfo=UTC)
NAME = {"zh": "云秀银行", "en": "Yunxiu Bank"}


def signed():
    rows, before = [], OPENED
    plan = LoanTerms(3_000_000, 1_480, 12, OPENED, fees=monthly_fee(500))
    for row in schedule(plan).rows:
        amounts = (row.principal_minor, row.interest_minor, row.fee_minor)
        rows.append(Planned(row.nr, before, row.due_date, *amounts))
        before = row.due_date
    return FrozenTerms(3_000_000, 1_480, 2_220, tuple(rows))


@pytest.fixture(scope="module")
def found():
    """The statement of a loan that was paid late, and one of whose payments was taken back."""
    terms = signed()
    late = terms.rows[0].due_date + timedelta(days=8)
    events = [
        LoanEvent(1, EventKind.DISBURSED, OPENED, OPENED, 3_000_000, 1),
        LoanEvent(2, EventKind.REPAID, late, late, 400_000, 2),
        LoanEvent(3, EventKind.REPAID, late, late, 7_001, 3),
        LoanEvent(4, EventKind.UNDONE, late, late + timedelta(days=3), 7_001, 4, Target(3)),
    ]
    entered = [
        Entered(one, parts_of(one, fold(terms, events[: nr + 1], late)), AT)
        for nr, one in enumerate(events)
    ]
    row = LoanRow(0, 7, 8, 9, 10, 1, 1, "consumer_cash", terms, LoanStatus.LIVE, None, 4, 0, AT)
    through = late + timedelta(days=10)
    return statement_json(row, entered, (OPENED + timedelta(days=1), through), PublicIds(bytes(32)))


def test_the_table_leads_from_what_was_owed_to_what_is_owed_line_by_line(found):
    rows = list(csv.DictReader(io.StringIO(statement_csv(found).decode())))

    assert tuple(rows[0]) == COLUMNS
    assert [row["line"] for row in rows] == [
        "opening", "repaid", "repaid", "undone", "claimed", "received", "closing"
    ]  # fmt: skip
    sums = {row["line"]: Decimal(row["amount"]) for row in rows}
    assert sums["opening"] + sums["claimed"] - sums["received"] == sums["closing"]
    assert (sums["opening"], sums["received"]) == (Decimal("30000.00"), Decimal("4000.00"))
    for row in rows[1:3]:
        parts = [Decimal(row[name] or "0") for name in PARTS]
        assert sum(parts) == Decimal(row["amount"])
    assert (rows[1]["date"], rows[1]["fee"], rows[1]["beyond"]) == ("2027-01-01", "10.00", "")
    assert rows[1]["principal_left"] == f"{found['lines'][0]['outstanding_minor'] / 100:.2f}"


def test_the_paper_has_every_line_in_both_languages_and_the_same_bytes_each_time(found):
    pages = []
    for language in ("zh", "en"):
        data = statement_data(found, NAME, language)
        text = json.dumps(data, ensure_ascii=False, sort_keys=True)
        pages.append(print_page(text, language, STATEMENT))
        assert pages[-1] == print_page(text, language, STATEMENT)
        assert (len(data["lines"]), data["lender"]) == (3, NAME[language])

    assert b"NotoSansCJK" in pages[0]
    assert pages[0] != pages[1]
    assert statement_data(found, NAME, "zh")["lines"][2][1] == "撤销"


def test_whatever_can_happen_to_a_loan_has_a_name_on_paper():
    assert set(NAMES) == set(EventKind)
