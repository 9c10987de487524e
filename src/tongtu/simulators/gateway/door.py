"""The doors of the simulated bureau: deposits of the platform, readings of lenders, the log."""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from tongtu.simulators.clock import Now, machine
from tongtu.simulators.gateway.deposits import WINDOW, Deposits
from tongtu.simulators.http import Asked, Said


@dataclass(slots=True)
class Door:
    """Answers requests; `down` is the probability of a 503, drawn from the seed."""

    secret: bytes
    seed: int = 0
    down: float = 0.0
    deposits: Deposits = field(default_factory=Deposits)
    now: Now = machine
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    async def answer(self, asked: Asked) -> Said | None:
        """Answer one request."""
        at = self.now()
        if asked.path == "/log":
            return Said(200, json.dumps(self.deposits.log).encode())
        if _share(self.seed, next(self._numbers)) < self.down:
            return Said(503)
        if (asked.method, asked.path) == ("POST", "/deposits"):
            if not _is_platform(self.secret, asked, at):
                return Said(403)
            return Said(204 if self.deposits.take(json.loads(asked.body), at) else 503)
        reference = asked.path.removeprefix("/references/")
        try:
            content = self.deposits.serve(reference, asked.headers, at)
        except PermissionError as refusal:
            return Said(403, json.dumps({"code": str(refusal)}).encode())
        return Said(200, json.dumps(content, sort_keys=True).encode())


def _share(seed: int, number: int) -> float:
    """Return where the nth request stands between 0 and 1, the same for the same seed."""
    return int.from_bytes(hashlib.sha256(f"{seed}:{number}".encode()).digest()[:4], "big") / 2**32


def _is_platform(secret: bytes, asked: Asked, at: datetime) -> bool:
    time = asked.headers.get("x-tongtu-time", "")
    if not time.isdigit() or abs(at.timestamp() - int(time)) > WINDOW.total_seconds():
        return False
    wanted = hmac.digest(secret, f"{time}\n".encode() + asked.body, "sha256").hex()
    return hmac.compare_digest(wanted, asked.headers.get("x-tongtu-signature", ""))
