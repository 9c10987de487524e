"""What the simulated sources say of a subject: drawn from seed, source and subject, for ever alike.

They know nothing of what anybody stated. Incomes are drawn high, so that what contradicts a
statement is, as a rule, the fault `contradict`, which draws them low.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta

TIMEOUT, ERROR, UNKNOWN, STALE, CONTRADICT, HALF, SLOW = FAULTS = (
    "timeout", "error", "unknown", "stale", "contradict", "half", "slow",
)  # fmt: skip
STALE_DAYS = 200
_SHARE = 2**32
_YEAR_DAYS = 365


class Records:
    """Answers queries; each fault comes with its own probability, one fault at most a subject."""

    def __init__(self, seed: int, shares: Mapping[str, float]) -> None:
        total = sum(shares.values())
        if set(shares) - set(FAULTS) or not 0 <= total <= 1 or min(shares.values(), default=0) < 0:
            raise ValueError("shares of faults are probabilities that add up to at most 1")
        self._seed = seed
        self._shares = dict(shares)

    def fault_of(self, source: str, subject: str) -> str:
        """Return the fault this subject meets at a source, "" for none."""
        at = self._draw(source, subject, "fault") / _SHARE
        for name, share in self._shares.items():
            if at < share:
                return name
            at -= share
        return ""

    def answer(self, source: str, asked: Mapping[str, object], at: datetime) -> bytes:
        """Return a source's answer to a query, with its fault. Raises KeyError: no such source."""
        make, subject = _SOURCES[source], str(asked["subject"])
        fault = self.fault_of(source, subject)
        made_at = at - timedelta(days=STALE_DAYS if fault == STALE else 0)

        def draw(what: str, among: int) -> int:
            return self._draw(source, subject, what) % among

        data = make(draw, made_at.date(), fault == CONTRADICT)
        if fault == HALF:
            data = dict(list(data.items())[1:])  # the first field is the one that matters
        told = {
            "query": str(asked["query"]),
            "subject": subject,
            "as_of": made_at.isoformat(),
            "found": fault != UNKNOWN,
            "data": None if fault == UNKNOWN else data,
        }
        return json.dumps(told).encode()

    def _draw(self, source: str, subject: str, what: str) -> int:
        text = f"{self._seed}:{source}:{subject}:{what}".encode()
        return int.from_bytes(hashlib.sha256(text).digest()[:4], "big")


Draw = Callable[[str, int], int]


def _tax(draw: Draw, _: date, is_low: bool) -> dict[str, object]:
    month_yuan = 900 + draw("low", 600) if is_low else 18_000 + draw("income", 30_000)
    cents = draw("cents", 100)
    return {
        "income": {"taxable_12m": f"{month_yuan * 12}.{cents:02d}", "months_filed": 12},
        "office": f"simulated-{draw('office', 40)}",
    }


def _social_insurance(draw: Draw, _: date, is_low: bool) -> dict[str, object]:
    return {
        "months_paid_without_gap": draw("months", 3) if is_low else 24 + draw("months", 240),
        "base_yuan": 1_200 if is_low else 15_000 + draw("base", 20_000),
    }


def _operator(draw: Draw, day: date, is_low: bool) -> dict[str, object]:
    age_days = draw("age", 20) if is_low else 200 + draw("age", 15 * _YEAR_DAYS)
    changed = 0 if is_low else 60 + draw("sim", 900)
    return {
        "activated_on": (day - timedelta(days=age_days)).isoformat(),
        "sim_changed_on": (day - timedelta(days=min(changed, age_days))).isoformat(),
    }


_SOURCES: Mapping[str, Callable[[Draw, date, bool], dict[str, object]]] = {
    "tax": _tax,
    "social_insurance": _social_insurance,
    "operator": _operator,
}
