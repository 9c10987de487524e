"""The sandbox: a key of its own, fixed cases, a bounded rate. It reads and writes nobody's data.

What an answer is follows from the amount asked for; where a case answers later, from the time that
stands in the application's own name. A name of the sandbox is never read as one of real data.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from tongtu.kernel.errors import (
    BadInput,
    DeadlinePassed,
    KeyReused,
    NotFound,
    NotSignedIn,
    Overloaded,
    TooMany,
)
from tongtu.partner import store
from tongtu.partner.model import Owner
from tongtu.runtime.api import Connection, Keys, Runtime

KEY_LIFE = timedelta(days=30)
KEY_PREFIX, NAME_PREFIX = "tsk_", "sandbox_"
# For trying things, not for load: so many at once, and so many a second after that.
BURST, RATE_PER_S = 50, 10.0
PARTNERS_KEPT = 1_000
KEYS_KEPT = 10_000
_MAC = 32


class Case(StrEnum):
    """What an amount asks the sandbox for."""

    APPROVE = "approve"
    DECLINE = "decline"
    REVIEW = "review"
    COUNTER_OFFER = "counter_offer"
    PENDING = "pending"  # an offer appears PENDING_S later
    PENDING_SILENT = "pending_silent"  # the lender never answers
    OVERLOADED = "overloaded"  # 503 with Retry-After
    TIMEOUT = "timeout"  # 504: the effect is unknown, ask again with the same key


# The documented table: this amount in fen, that case (docs/how-to/sandbox.md).
CASES: Mapping[int, Case] = MappingProxyType(
    {
        1_000_000: Case.APPROVE,
        1_000_100: Case.DECLINE,
        1_000_200: Case.REVIEW,
        1_000_300: Case.COUNTER_OFFER,
        1_000_400: Case.PENDING,
        1_000_500: Case.PENDING_SILENT,
        1_000_600: Case.OVERLOADED,
        1_000_700: Case.TIMEOUT,
    }
)
PENDING = timedelta(seconds=5)
SILENT = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Trial:
    """An application to the sandbox: its case, what was asked, and when."""

    name: str
    case: Case
    amount_minor: int
    tenor_months: int
    applied_at: datetime


@dataclass(slots=True)
class _Bucket:
    left: float
    at_s: float


class Sandbox:
    """Knows who asked how often, and which key named which application; forgets both in time."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._buckets: dict[Owner, _Bucket] = {}
        self._named: dict[tuple[Owner, str], tuple[bytes, Trial]] = {}

    def key_of(self, owner: Owner, ends_s: int) -> str:
        """Return a partner's key that ends at an instant, in seconds since 1970."""
        text = f"{owner.role}_{owner.organisation}_{ends_s}"
        return f"{KEY_PREFIX}{text}_{_mac(self._runtime.keys, 'sandbox_key', text)}"

    async def new_key_end(self, connection: Connection, owner: Owner) -> int:
        """Return the second at which a key made now ends: beyond all that were ended early."""
        ends_s = int((self._runtime.clock.now() + KEY_LIFE).timestamp())
        return max(ends_s, await store.keys_ended(connection, owner) + 1)

    async def end_keys(self, connection: Connection, owner: Owner) -> datetime:
        """End every key that a partner has by now, in the caller's transaction; return when."""
        now = self._runtime.clock.now()
        through_s = max(
            int((now + KEY_LIFE).timestamp()), await store.keys_ended(connection, owner) + 1
        )
        await store.end_keys(connection, owner, through_s, now)
        return now

    async def admit(self, key: str) -> Owner:
        """Return whose key it is, and count the request.

        Raises:
            NotSignedIn: no such key, it ended, or its partner ended it.
            TooMany: the partner asks more often than it may.
        """
        text, _, mac = key.removeprefix(KEY_PREFIX).rpartition("_")
        parts = text.split("_")
        genuine = _mac(self._runtime.keys, "sandbox_key", text)
        if not key.startswith(KEY_PREFIX) or not _is_same(mac, genuine):
            raise NotSignedIn("a sandbox key is wanted")
        now = self._runtime.clock.now()
        if len(parts) != 3 or int(parts[2]) <= now.timestamp():
            raise NotSignedIn("this sandbox key has ended")
        owner = Owner(parts[0], int(parts[1]))
        self._count(owner)
        async with self._runtime.database.reading() as connection:
            if int(parts[2]) <= await store.keys_ended(connection, owner):
                raise NotSignedIn("this sandbox key was ended by its partner")
        return owner

    def apply(self, owner: Owner, key: str, asked: tuple[int, int], digest: bytes) -> Trial:
        """Return the fixed case of an application; the same key gives the same one.

        `asked` is the amount and the term, `digest` stands for the whole body.

        Raises:
            KeyReused: the key came with another body before.
            BadInput: an amount that is no case.
            Overloaded, DeadlinePassed: the cases that are about just that.
        """
        held = self._named.get((owner, key))
        if held is not None:
            if held[0] != digest:
                raise KeyReused("this Idempotency-Key was used with another body; send a new key")
            return held[1]
        amount_minor, tenor_months = asked
        case = CASES.get(amount_minor)
        if case is None:
            raise BadInput(
                "the sandbox knows the amounts of its table only",
                code="no_such_case",
                fields={"amount_minor": f"one of {sorted(CASES)}"},
            )
        if case is Case.OVERLOADED:
            raise Overloaded("the queue is full", retry_after_s=1)
        if case is Case.TIMEOUT:
            raise DeadlinePassed("the effect is unknown: ask again with the same key")
        at = self._runtime.clock.now()
        text = f"{amount_minor}_{tenor_months}_{int(at.timestamp())}"
        name = f"{NAME_PREFIX}{text}_{_mac(self._runtime.keys, 'sandbox_name', text)}"
        if len(self._named) >= KEYS_KEPT:
            self._named.clear()
        made = self.find(name)
        self._named[owner, key] = (digest, made)
        return made

    def find(self, name: str) -> Trial:
        """Return an application to the sandbox by its name. Raises NotFound."""
        text, _, mac = name.removeprefix(NAME_PREFIX).rpartition("_")
        genuine = _mac(self._runtime.keys, "sandbox_name", text)
        if not name.startswith(NAME_PREFIX) or not _is_same(mac, genuine):
            raise NotFound("there is no such application")
        amount, tenor, at = (int(one) for one in text.split("_"))
        return Trial(name, CASES[amount], amount, tenor, datetime.fromtimestamp(at, UTC))

    def _count(self, owner: Owner) -> None:
        now_s = self._runtime.clock.monotonic_s()
        if len(self._buckets) >= PARTNERS_KEPT:
            self._buckets.clear()
        held = self._buckets.setdefault(owner, _Bucket(BURST, now_s))
        held.left = min(BURST, held.left + (now_s - held.at_s) * RATE_PER_S)
        held.at_s = now_s
        if held.left < 1:
            raise TooMany("the sandbox is for trying, not for load", retry_after_s=1)
        held.left -= 1


def _is_same(said: str, genuine: str) -> bool:
    """Compare in a time that tells nothing, whatever letters somebody sent."""
    return hmac.compare_digest(said.encode(), genuine.encode())


def _mac(keys: Keys, kind: str, text: str) -> str:
    return keys.blind(kind, text).hex()[:_MAC]
