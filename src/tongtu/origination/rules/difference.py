"""Where two records differ, named: the field, what is stored, and what comes out again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Any

import msgspec

from tongtu.origination.model import Decided
from tongtu.risk.api import FraudFacts, Signals

# More differences than this tell a reader nothing new.
NAMED_MAX = 20
_ASKED = (
    "application", "decision", "party", "product", "amount_minor", "tenor_months", "purpose",
    "device_hash", "submitted_at", "income_minor", "expenses_minor", "assets_minor", "debt_minor",
    "price_minor", "seniority_years", "home", "job", "records",
)  # fmt: skip
_KNOWN = (
    "is_identified", "adult_on", "consent_mask", "exposure_minor", "party_recent", "device_recent",
    "business_date", "decided_at", "decided_in_us",
)  # fmt: skip
_SEEN = ("ip_hash", *FraudFacts._fields)
_PARTS = (
    ("schema", ()),
    ("asked", _ASKED),
    ("known", _KNOWN),
    ("decided", Decided._fields),
    ("seen", _SEEN),
    ("beside", ("rules_only", "challenger")),
    ("steered", ("steering", "recommended", "worths")),
    ("ruling", ("said", "codes", "by", "machine")),
    ("documents", ()),
    ("tried", ("experiment", "block", "arm", "propensity_ppm")),
    ("outside", ()),
)
_NOTHING = "nothing"


def differences(stored: bytes, again: bytes) -> list[str]:
    """Return one line a difference of two records; the first says at which byte they part."""
    if stored == again:
        return []
    at = next(
        (n for n, (one, other) in enumerate(zip(stored, again, strict=False)) if one != other),
        min(len(stored), len(again)),
    )
    lines = [f"record, byte {at} of {len(stored)}"]
    for line in _named(msgspec.msgpack.decode(stored), msgspec.msgpack.decode(again)):
        lines.append(line)
        if len(lines) > NAMED_MAX:
            break
    return lines


def _named(stored: Sequence[Any], again: Sequence[Any]) -> Iterator[str]:
    width = max(len(stored), len(again))
    padded = [[*row, *[None] * (width - len(row))] for row in (stored, again)]
    for (part, fields), one, other in zip(_PARTS, *padded, strict=False):
        if not fields:
            if one != other:
                yield f"{part}: stored {one}, again {other}"
            continue
        pairs = zip_longest(fields, one or (), other or (), fillvalue=_NOTHING)
        for name, value, new in pairs:
            if value == new:
                continue
            if name == "signals":
                for signal, before, after in zip(Signals._fields, value, new, strict=False):
                    if before != after:
                        yield f"{part}.signals.{signal}: stored {before}, again {after}"
            else:
                yield f"{part}.{name}: stored {value}, again {new}"
