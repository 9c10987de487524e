"""The only place that asks the machine for the time or for randomness."""

from __future__ import annotations

import base64
import builtins
import hashlib
import os
import time
from datetime import UTC, datetime
from typing import Protocol

TOKEN_BYTES = 32
_FAIR = 250  # bytes below this give each decimal digit the same chance


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic_s(self) -> float:
        return time.monotonic()


def system_ms() -> int:
    """Return the wall clock in milliseconds since 1970."""
    return time.time_ns() // 1_000_000


class Entropy(Protocol):
    """Gives unpredictable bytes in production and repeatable ones in tests."""

    def bytes(self, n: int) -> builtins.bytes: ...

    def digits(self, n: int) -> str: ...

    def token(self) -> str: ...


class _Draws:
    def bytes(self, n: int) -> builtins.bytes:
        raise NotImplementedError

    def digits(self, n: int) -> str:
        """Return `n` decimal digits, each with the same chance."""
        drawn: list[str] = []
        while len(drawn) < n:
            drawn += [str(byte % 10) for byte in self.bytes(2 * n) if byte < _FAIR]
        return "".join(drawn[:n])

    def token(self) -> str:
        """Return 32 unpredictable bytes in url-safe text (43 characters)."""
        return base64.urlsafe_b64encode(self.bytes(TOKEN_BYTES)).rstrip(b"=").decode()


class SystemEntropy(_Draws):
    """The operating system's randomness."""

    def bytes(self, n: int) -> builtins.bytes:
        return os.urandom(n)


class SeededEntropy(_Draws):
    """The same bytes for the same seed: for tests and simulations only."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._drawn = 0

    def bytes(self, n: int) -> builtins.bytes:
        self._drawn += 1
        return hashlib.shake_256(f"{self._seed}/{self._drawn}".encode()).digest(n)
