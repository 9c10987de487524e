"""The simulated lender's own policy: whom it takes, at what price; and its faults. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

FAULTS = (
    "slow",  # works it out, and answers only when it is asked again
    "down",  # 503
    "duplicate",  # sends the same answer once more by itself
    "contradict",  # sends another answer afterwards
    "bad_signature",
    "over_cap",  # a price above every law's
    "malformed",
    "counter",  # a smaller amount than was asked for
)
BAND_MAX = 5
INCOME_SHARE = 24  # at most so many months of income
OVER_CAP_BPS = 4_500
RATES_BPS = (560, 640, 760, 900, 1_080, 1_280)
POLICY = {
    "name": "simulated lender",
    "version": "2026.11",
    "band_max": BAND_MAX,
    "income_months_max": INCOME_SHARE,
    "rates_bps": RATES_BPS,
}
# What every decision names: the hash of the policy it was made by.
POLICY_HASH = hashlib.sha256(json.dumps(POLICY, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Mischief:
    """Probabilities from 0 to 1 of each fault; one fault at most for one request."""

    seed: int
    shares: Mapping[str, float]

    def __post_init__(self) -> None:
        values = self.shares.values()
        if set(self.shares) - set(FAULTS) or min(values, default=0) < 0 or sum(values) > 1:
            raise ValueError("shares of faults are probabilities that add up to at most 1")

    def of(self, request: str) -> str:
        """Return the fault this request meets, "" for none: the same for the same seed."""
        digest = hashlib.sha256(f"{self.seed}:{request}".encode()).digest()
        at = int.from_bytes(digest[:4], "big") / 2**32
        for name, share in self.shares.items():
            if at < share:
                return name
            at -= share
        return ""


def decide(asked: Mapping[str, Any], known: Mapping[str, Any], fault: str) -> dict[str, Any]:
    """Return the decision on a request, from what the licensed bureau served of the person."""
    answer: dict[str, Any] = {"request": asked["request"], "policy": POLICY_HASH}
    amount = int(asked["amount_minor"])
    income = known.get("income_minor")
    band = int(known["band"])
    if income is None or amount > INCOME_SHARE * int(income):
        return answer | {"decision": "decline", "reason": "income_too_low"}
    if band > BAND_MAX or known.get("records"):
        return answer | {"decision": "decline", "reason": "lender_policy"}
    rate_bps = OVER_CAP_BPS if fault == "over_cap" else RATES_BPS[band]
    answer |= {"decision": "approve", "rate_bps": rate_bps}
    return answer | {"amount_minor": amount // 2} if fault == "counter" else answer


def other(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return what contradicts an answer."""
    if answer["decision"] == "approve":
        return {**answer, "rate_bps": answer["rate_bps"] + 100}
    return {**answer, "reason": "changed_its_mind"}
