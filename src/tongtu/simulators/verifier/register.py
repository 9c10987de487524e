"""What the simulated authority and operator know, and how they err.

The register learns a person at the first question (synthetic persons are without number) and holds
everybody to it after: another name, phone or card under the same resident id is a mismatch.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

FAULTS = ("no_answer", "malformed", "forged", "mismatch", "not_found")
SWAPS = ("sim_swapped", "number_elsewhere")
PERSONS_MAX = 100_000
_SHARE = 2**32


class Register:
    """Answers checks; a fault is drawn from seed and resident id, one at most."""

    def __init__(self, seed: int, shares: Mapping[str, float]) -> None:
        known = set(FAULTS) | set(SWAPS)
        bad = [share for share in shares.values() if not 0 <= share <= 1]
        if set(shares) - known or bad or sum(shares.get(one, 0.0) for one in FAULTS) > 1:
            raise ValueError("shares of faults are probabilities that add up to at most 1")
        self._seed = seed
        self._shares = dict(shares)
        self._persons: dict[str, dict[str, str]] = {}

    def fault_of(self, subject: str) -> str:
        """Return the fault a subject meets, "" for none."""
        at = self._draw(subject, "fault") / _SHARE
        for name in FAULTS:
            share = self._shares.get(name, 0.0)
            if at < share:
                return name
            at -= share
        return ""

    def check(self, elements: Mapping[str, str]) -> str:
        """Return match, mismatch or not_found."""
        subject = elements.get("resident_id", "")
        fault = self.fault_of(subject)
        if fault in ("mismatch", "not_found"):
            return fault
        kept = self._persons.get(subject)
        if kept is None:
            if len(self._persons) >= PERSONS_MAX:
                return "not_found"
            kept = self._persons[subject] = dict(elements)
        for name, value in elements.items():
            if kept.setdefault(name, value) != value:
                return "mismatch"
        return "match"

    def is_swapped(self, phone: str) -> bool:
        """Tell whether the SIM of a number is a fresh one."""
        return self._draw(phone, "sim") / _SHARE < self._shares.get("sim_swapped", 0.0)

    def is_elsewhere(self, phone: str) -> bool:
        """Tell whether the number is in another device than the one that asks."""
        return self._draw(phone, "device") / _SHARE < self._shares.get("number_elsewhere", 0.0)

    def _draw(self, subject: str, what: str) -> int:
        text = f"{self._seed}:{subject}:{what}".encode()
        return int.from_bytes(hashlib.sha256(text).digest()[:4], "big")
