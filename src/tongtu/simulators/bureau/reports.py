"""What the simulated bureau says of a subject: drawn from seed and subject, the same each time."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime, timedelta

FAULTS = ("no_answer", "stale", "no_record", "malformed", "duplicate")
STALE_DAYS = 400
_SHARE = 2**32


class Reports:
    """Answers queries; each fault comes with its own probability, one fault at most an answer."""

    def __init__(self, seed: int, shares: Mapping[str, float]) -> None:
        total = sum(shares.values())
        if set(shares) - set(FAULTS) or not 0 <= total <= 1 or min(shares.values(), default=0) < 0:
            raise ValueError("shares of faults are probabilities that add up to at most 1")
        self._seed = seed
        self._shares = dict(shares)
        self._last: bytes | None = None

    def fault_of(self, subject: str) -> str:
        """Return the fault this subject meets, "" for none."""
        at = self._draw(subject, "fault") / _SHARE
        for name, share in self._shares.items():
            if at < share:
                return name
            at -= share
        return ""

    def answer(self, query: str, subject: str, at: datetime) -> bytes | None:
        """Return what is sent back; None when nothing is."""
        fault = self.fault_of(subject)
        if fault == "no_answer":
            return None
        if fault == "duplicate" and self._last is not None:
            return self._last  # the answer to an earlier query, once more
        made_at = at - timedelta(days=STALE_DAYS if fault == "stale" else 0)
        report = {
            "query": query,
            "subject": subject,
            "made_at": made_at.isoformat(),
            "has_record": fault != "no_record",
            "overdue_accounts": (0, 0, 0, 0, 0, 0, 0, 1, 1, 3)[self._draw(subject, "overdue") % 10],
            "inquiries_6m": self._draw(subject, "inquiries") % 12,
            "debt_minor": self._draw(subject, "debt") % 20_000_000,
        }
        if fault == "no_record":
            report |= {"overdue_accounts": 0, "inquiries_6m": 0, "debt_minor": 0}
        content = json.dumps(report).encode()
        self._last = content
        return content[: len(content) // 2] if fault == "malformed" else content

    def _draw(self, subject: str, what: str) -> int:
        text = f"{self._seed}:{subject}:{what}".encode()
        return int.from_bytes(hashlib.sha256(text).digest()[:4], "big")
