"""Bearer tokens: sealed, so that a process reads one by itself, and stored by hash.

What it cannot read, and all of them while it does not know which were ended, is looked up in
batches and cached for at most five seconds.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from tongtu.identity.flow.revocation import Revocations
from tongtu.identity.flow.sealed_token import (
    SEALED_LENGTH,
    BrokenSeal,
    ForeignSeal,
    TokenSeal,
)
from tongtu.identity.model import (
    STAFF_TOKEN_LIFE,
    TOKEN_CACHE_MAX,
    TOKEN_CACHE_S,
    TOKEN_LIFE,
    Caller,
    Role,
    Token,
)
from tongtu.identity.store import token as store
from tongtu.identity.store.token import Issued
from tongtu.kernel.errors import NotSignedIn
from tongtu.runtime.api import Connection, Lane, Runtime

_LENGTH_MIN = 32
_LENGTH_MAX = SEALED_LENGTH
# Who may do more than what is their own is looked up: whoever came by the key is no operator by it.
# Staff and partners ask seldom, and one look-up serves them for some seconds.
_BY_SEAL = frozenset({Role.BORROWER})
# Callers that are answered together come back within a few milliseconds of each other.
_LINGERS_S = 0.003


class Doorkeeper:
    """Tells whom a token speaks for; one a process. Holds callers by token hash, not tokens.

    A token that was ended elsewhere is honoured for at most TOKEN_CACHE_S, whichever way it is
    read.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._known: dict[bytes, tuple[Caller, float, datetime]] = {}
        self._lane: Lane[bytes, Caller] = Lane(
            "tokens", runtime.database.lane_connection, self._find, lingers_s=_LINGERS_S
        )
        self._seal = _seal_of(runtime)
        self.revocations = Revocations(runtime)

    async def start(self) -> None:
        """Open the look-up lane, and learn which tokens were ended."""
        await self._lane.start()
        await self.revocations.start()

    async def stop(self) -> None:
        """Close the look-up lane after the look-ups under way."""
        await self.revocations.stop()
        await self._lane.stop()

    def ask(self, text: str) -> Caller | asyncio.Future[Caller]:
        """Return the caller of a live token: at once a borrower's, or one looked up just now.

        Raises, or the future does:
            NotSignedIn: unknown, expired or revoked; the three are not told apart.
        """
        _check_form(text)
        if len(text) == SEALED_LENGTH and self.revocations.is_known:
            try:
                caller = self._opened(text)
            except ForeignSeal:
                pass  # its row knows
            else:
                if caller.role in _BY_SEAL:
                    return caller
        token_hash = hash_token(text)
        known = self._known.get(token_hash)
        if known is not None:
            caller, good_until_s, expires_at = known
            clock = self._runtime.clock
            if clock.monotonic_s() < good_until_s and clock.now() < expires_at:
                return caller
        return self._lane.enqueue(token_hash)

    def _opened(self, text: str) -> Caller:
        """Return a sealed token's caller. Raises NotSignedIn, ForeignSeal."""
        try:
            caller, expires_at = self._seal.open(text)
        except BrokenSeal:
            raise _refused() from None
        if self._runtime.clock.now() >= expires_at or self.revocations.holds(hash_token(text)):
            raise _refused()
        return caller

    async def authorise(self, text: str) -> Caller:
        """Wait for the caller of a live token.

        Raises:
            NotSignedIn: unknown, expired or revoked; the three are not told apart.
        """
        asked = self.ask(text)
        return asked if isinstance(asked, Caller) else await asked

    async def revoke(self, caller: Caller, text: str) -> None:
        """End a token now here, and within the cache's time in other processes."""
        await revoke(self._runtime, caller, text)
        self.forget(hash_token(text))

    def forget(self, token_hash: bytes) -> None:
        """Honour a token no longer here: somebody has just ended it."""
        self.revocations.add(token_hash, self._runtime.clock.now() + STAFF_TOKEN_LIFE)
        self._known.pop(token_hash, None)

    async def _find(
        self, connection: Connection, hashes: Sequence[bytes]
    ) -> Sequence[Caller | NotSignedIn]:
        clock = self._runtime.clock
        # The seconds count from before the look: what is revoked meanwhile is honoured no longer.
        good_until_s = clock.monotonic_s() + TOKEN_CACHE_S
        found = await store.find_tokens(connection, hashes, clock.now())
        if len(self._known) + len(found) > TOKEN_CACHE_MAX:
            self._known.clear()
        return [
            self._remember(token_hash, each, good_until_s)
            for token_hash, each in zip(hashes, found, strict=True)
        ]

    def _remember(
        self, token_hash: bytes, found: store.Found | None, good_until_s: float
    ) -> Caller | NotSignedIn:
        if found is None:
            self._known.pop(token_hash, None)
            return _refused()
        self._known[token_hash] = (found.caller, good_until_s, found.expires_at)
        return found.caller


async def authorise(runtime: Runtime, text: str) -> Caller:
    """Return the caller of a live token by one look-up of its own, without a cache.

    Raises:
        NotSignedIn: unknown, expired or revoked.
    """
    _check_form(text)
    async with runtime.database.reading() as connection:
        [found] = await store.find_tokens(connection, [hash_token(text)], runtime.clock.now())
    if found is None:
        raise _refused()
    return found.caller


async def issue_token(runtime: Runtime, caller: Caller, life: timedelta | None = None) -> Token:
    """Write a new token for `caller` in its own commit and return its text, once."""
    async with runtime.database.transaction() as connection:
        return await write_token(connection, runtime, caller, life)


async def write_token(
    connection: Connection, runtime: Runtime, caller: Caller, life: timedelta | None = None
) -> Token:
    """Write a new token in the caller's transaction."""
    usual = TOKEN_LIFE if caller.role is Role.BORROWER else STAFF_TOKEN_LIFE
    at = runtime.clock.now()
    found = store.Found(caller, at + (life or usual))
    text = _seal_of(runtime).seal(found, runtime.entropy)
    await store.write_token(connection, hash_token(text), at, found)
    return Token(text, caller, found.expires_at)


async def list_tokens(connection: Connection, runtime: Runtime, caller: Caller) -> list[Issued]:
    """Return the live tokens of a caller's own, newest first; in all the roles they have."""
    return await store.list_tokens(connection, caller.cell, caller.subject, runtime.clock.now())


async def end_tokens(
    connection: Connection, runtime: Runtime, caller: Caller, hashes: Sequence[bytes]
) -> list[bytes]:
    """End those of the caller's own live tokens that are named, and return which they were."""
    at = runtime.clock.now()
    return await store.end_tokens(connection, (caller.cell, caller.subject), hashes, at)


async def end_sessions_of(connection: Connection, runtime: Runtime, party: int) -> int:
    """End every session of a person, by the word of the house; return how many."""
    return await store.end_all_of(connection, runtime.cell(party), party, runtime.clock.now())


async def revoke(runtime: Runtime, caller: Caller, text: str) -> None:
    """End a token of `caller`; ending it twice does nothing more."""
    async with runtime.database.transaction() as connection:
        await store.revoke_token(connection, caller.cell, hash_token(text), runtime.clock.now())


async def revoke_staff(connection: Connection, runtime: Runtime, prefix: str) -> int:
    """End every live token of staff whose login begins with `prefix`; return how many."""
    return await store.revoke_staff_tokens(connection, prefix, runtime.clock.now())


async def open_staff(runtime: Runtime, login: str, role: Role, organisation: int = 0) -> Caller:
    """Return the member of staff with this login, opened on the first call."""
    at = runtime.clock.now()
    staff = store.Staff(runtime.ids.new(0), login, role, organisation)
    async with runtime.database.transaction() as connection:
        identifier = await store.open_staff(connection, staff, at)
    return Caller(role, identifier, organisation, 0)


def _seal_of(runtime: Runtime) -> TokenSeal:
    return TokenSeal(runtime.keys, runtime.token_mark, runtime.settings.token_epoch)


def hash_token(text: str) -> bytes:
    """Return what a token is stored and ended by."""
    return hashlib.sha256(text.encode()).digest()


def _check_form(text: str) -> None:
    if not (_LENGTH_MIN <= len(text) <= _LENGTH_MAX and text.isascii()):
        raise _refused()


def _refused() -> NotSignedIn:
    return NotSignedIn("please sign in again")
