from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from tongtu.kernel.ids import PublicIds
from tongtu.origination.api import (
    ApplyRequest,
    Case,
    Declared,
    Known,
    load_engine,
    shipped_sources,
)
from tongtu.risk.api import QUIET_FACTS

DAY = date(2026, 11, 24)
AT = datetime(2026, 11, 24, 1, tzinfo=UTC)
ALL_CONSENTS = 0b111 | sum(1 << (8 + number) for number in range(1, 8))
POINTS_TABLE = Path(__file__).parents[2] / "data" / "points_table.json"


@pytest.fixture(scope="session")
def engine():
    """The shipped pack, rules, products and lenders, with a points table one can add up by hand."""
    return load_engine(shipped_sources(POINTS_TABLE), PublicIds(b"k" * 32))


@pytest.fixture
def day():
    return DAY


@pytest.fixture
def ample(engine):
    """Quotas that nobody will use up."""
    return {program.id: 10**13 for program in engine.book.programs()}


@pytest.fixture
def case():
    """Make a case: an adult with a steady job who asks for 30,000 yuan over 24 months."""

    def make(n=1, known=None, **changes):
        stated = {
            "income_minor": 1_000_000,
            "expenses_minor": 300_000,
            "assets_minor": 5_000_000,
            "debt_minor": 0,
            "price_minor": 4_000_000,
            "seniority_years": 6,
            "home": "owner",
            "job": "fixed",
            "records": False,
        }
        stated |= {name: changes.pop(name) for name in list(changes) if name in stated}
        asked = {
            "product": "consumer_cash",
            "amount_minor": 3_000_000,
            "tenor_months": 24,
            "purpose": "goods",
            "device_hash": n,
            "ip_hash": 0,
        } | changes
        request = ApplyRequest(
            caller=n,
            party=n,
            key=f"key-{n:08d}",
            body_hash=b"h" * 32,
            declared=Declared(**stated),
            application=1_000_000 + n,
            decision=2_000_000 + n,
            salt=b"s" * 16,
            submitted_at=AT,
            received_s=0.0,
            **asked,
        )
        facts = {
            "is_identified": True,
            "adult_on": date(2000, 1, 1),
            "consent_mask": ALL_CONSENTS,
            "exposure_minor": 0,
            "party_recent": 0,
            "device_recent": 0,
            "fraud": QUIET_FACTS,
        } | (known or {})
        return Case(request, Known(**facts))

    return make
