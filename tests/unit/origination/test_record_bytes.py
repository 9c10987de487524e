"""What was written stays readable: one record of each schema, as the bytes that stand in a database.

A record is replayed for years and its leaf commits to its bytes: a change of the encoder that reads
its own new bytes back would pass every other test. These bytes were read and written
alike by the releases that brought each schema. `tests/data/decision_records.json` is only ever
added to.
"""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from tongtu.funding.api import Steering
from tongtu.origination.model import (
    ApplyRequest,
    Case,
    Decided,
    Declared,
    Known,
    NotOffered,
    Offer,
    Outcome,
    Ruling,
    Said,
    Tried,
)
from tongtu.origination.rules.record import Record, decode, encode
from tongtu.risk.api import FraudFacts, Scored, Signals

BYTES = json.loads((Path(__file__).parents[2] / "data" / "decision_records.json").read_bytes())
AT = datetime(2026, 11, 24, 1, 2, 3, 456_789, tzinfo=UTC)
OFFERS = (
    Offer(101, 1, 3_000_000, 24, 445, 0, 130_876, 130_891, 3_141_039, 141_039, 44_500, 45_420),
    Offer(202, 2, 3_000_000, 24, 1_480, 2_500, 148_001, 147_990, 3_552_013, 552_013, 171_234, 185_302),
)  # fmt: skip


def record(schema):
    """Return a record that needs exactly this schema; every field has a value of its own."""
    fraud = FraudFacts(Signals(*range(1, len(Signals._fields) + 1)), 31, 32, 33, 34, 2, 35, 36, 37)
    scored = Scored(612, 23_456, 1, "approve", ("utilisation_high", "seniority_short"))
    documents = ("ab" * 32, "cd" * 32) if schema >= 6 else ()
    request = ApplyRequest(
        caller=5 << 22,
        party=5 << 22,
        key="",
        body_hash=b"",
        product="consumer_cash",
        amount_minor=3_000_000,
        tenor_months=24,
        purpose="goods",
        device_hash=77,
        ip_hash=88 if schema >= 2 else 0,
        declared=Declared(
            1_000_000, None, 5_000_000, 250_000, 4_000_000, 6, "owner", "fixed", records=True
        ),
        application=1_000_001,
        decision=2_000_001,
        salt=b"",
        submitted_at=AT,
        received_s=0.0,
    )
    known = Known(
        is_identified=True,
        adult_on=date(2008, 2, 29),
        consent_mask=0b1_0000_0111,
        exposure_minor=123_456,
        party_recent=3,
        device_recent=4,
        fraud=fraud if schema >= 2 else None,
        rules_only=schema >= 3,
        steering=Steering(10_000, ((101, 250), (202, 0))) if schema >= 4 else None,
        ruling=Ruling(Said.APPROVE, ("income_proved",), 901, 2_000_000, documents)
        if schema >= 5
        else None,
        tried=Tried(11, 487_000, 1, 250_000) if schema >= 7 else None,
    )
    decided = Decided(
        outcome=Outcome.OFFERS,
        points=595,
        pd_ppm=31_234,
        band=2,
        reasons=("debt_service_high",),
        findings=(("CN-AFF-01", "warn", "debt_service_high"),),
        rules_fired=("RULE-03", "RULE-10"),
        offers=OFFERS,
        not_offered=(NotOffered(3, "amount_out_of_range"),),
        exhausted=(303,),
        consents_used=0b1_0000_0011,
        challenger=scored if schema >= 3 else None,
        recommended=1 if schema >= 4 else 0,
        worths=(12_345, 6_789) if schema >= 4 else (),
    )
    return Record(Case(request, known), date(2026, 11, 24), AT, 1_234, decided)


def test_no_bytes_are_taken_away():
    assert list(BYTES)[:7] == ["1", "2", "3", "4", "5", "6", "7"]


@pytest.mark.parametrize("schema", [int(name) for name in BYTES])
def test_bytes_of_any_schema_mean_what_they_meant_and_are_written_the_same(schema):
    stored = bytes.fromhex(BYTES[str(schema)])

    assert stored[1] == schema  # behind the mark of a list
    assert decode(stored) == record(schema)
    assert encode(record(schema)) == stored
