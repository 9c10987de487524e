"""Signing in by phone: a challenge, a one-time code sent to the phone, then a token.

Nothing personal is stored before the code has come back: the challenge itself carries the
phone, sealed to it, and the table holds keyed hashes only.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from tongtu.identity.flow.token import write_token
from tongtu.identity.flow.vault import seal_values
from tongtu.identity.model import (
    CODE_DIGITS,
    CODE_LIFE,
    CODES_PER_ADDRESS_HOUR,
    CODES_PER_PHONE_DAY,
    CODES_PER_PHONE_HOUR,
    Caller,
    Challenge,
    CodeToSend,
    Role,
    Token,
    VaultKind,
)
from tongtu.identity.rules import parse_phone
from tongtu.identity.store import code as codes
from tongtu.identity.store import party as parties
from tongtu.identity.store import vault
from tongtu.kernel.errors import Broken, NotSignedIn, TooMany
from tongtu.kernel.ids import cell_of, id_shard, shard_of
from tongtu.runtime.api import Connection, Runtime

Deliver = Callable[[Connection, CodeToSend], Awaitable[None]]
_PREFIX = "ch_"
_TEXT_MAX = 200
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Opened:
    """What a challenge says once it is open."""

    id: int
    cell: int
    phone: str


async def start_sign_in(runtime: Runtime, phone: str, address: str, deliver: Deliver) -> Challenge:
    """Send a one-time code to `phone` and return the challenge it answers.

    `deliver` writes the message in the same commit; `address` is the client's, for its limit.

    Raises:
        BadInput: not a mainland mobile number.
        TooMany: this phone or this address asked too often.
    """
    number = parse_phone(phone)
    at = runtime.clock.now()
    blind = runtime.keys.blind(VaultKind.PHONE.value, number)
    shard = shard_of(blind)
    cell = cell_of(shard, runtime.settings.cells)
    identifier = runtime.ids.new(shard)
    code = runtime.entropy.digits(CODE_DIGITS)
    await _limit_address(runtime, address)
    async with runtime.database.transaction() as connection:
        await _take(
            connection, runtime, cell, _Bound(f"phone:{number}", _HOUR, CODES_PER_PHONE_HOUR)
        )
        await _take(connection, runtime, cell, _Bound(f"phone:{number}", _DAY, CODES_PER_PHONE_DAY))
        row = codes.CodeRow(identifier, blind, _hash(runtime, identifier, code), at, at + CODE_LIFE)
        await codes.write_code(connection, cell, row)
        await deliver(connection, CodeToSend(number, code, at))
    return Challenge(_challenge_text(runtime, identifier, number), at + CODE_LIFE)


async def finish_sign_in(runtime: Runtime, challenge: str, code: str) -> Token:
    """Return a borrower's token for the code that was sent; the first time opens the party.

    Raises:
        NotSignedIn: code `code_refused`: wrong, used, too old, or tried too often. The cases
            are not told apart and cost the same work.
    """
    opened = _open(runtime, challenge)
    at = runtime.clock.now()
    code_hash = _hash(runtime, opened.id, code)
    blind = runtime.keys.blind(VaultKind.PHONE.value, opened.phone)
    handle = parties.Handle(opened.cell, VaultKind.PHONE.value, blind)
    # First commit: the code is used and the phone leads to a party, which may not exist yet.
    async with runtime.database.transaction() as connection:
        fits = await codes.try_code(connection, opened.cell, opened.id, code_hash, at)
        if fits:
            wanted = runtime.ids.new(id_shard(opened.id))
            claim = await parties.claim_handle(connection, handle, wanted, at)
    if not fits:
        raise _refused()
    # Second commit, safe to repeat: the party exists, its phone is sealed, a token speaks for it.
    party = claim.party
    caller = Caller(Role.BORROWER, party, 0, runtime.cell(party))
    async with runtime.database.transaction() as connection:
        await parties.open_party(connection, caller.cell, party, at)
        sealed = seal_values(runtime, party, {VaultKind.PHONE: opened.phone})
        await vault.write_values(connection, caller.cell, party, sealed, at)
        return await write_token(connection, runtime, caller)


@dataclass(frozen=True, slots=True)
class _Bound:
    """At most `uses_max` of something in each window of the clock."""

    what: str
    window: timedelta
    uses_max: int


async def _limit_address(runtime: Runtime, address: str) -> None:
    if runtime.settings.demo:
        return  # the replay signs thousands of people in from one address
    bound = _Bound(f"address:{address}", _HOUR, CODES_PER_ADDRESS_HOUR)
    key = runtime.keys.blind("attempt", bound.what)
    async with runtime.database.transaction() as connection:
        await _take(connection, runtime, cell_of(shard_of(key), runtime.settings.cells), bound)


async def _take(connection: Connection, runtime: Runtime, cell: int, bound: _Bound) -> None:
    at = runtime.clock.now()
    window_s = int(bound.window.total_seconds())
    past_s = int(at.timestamp()) % window_s
    limit = codes.Limit(
        key=runtime.keys.blind("attempt", f"{bound.what}:{window_s}"),
        window_at=at.replace(microsecond=0) - timedelta(seconds=past_s),
        uses_max=bound.uses_max,
    )
    if not await codes.take_attempt(connection, cell, limit):
        raise TooMany(
            "too many codes were asked for; please wait",
            code="too_many_codes",
            retry_after_s=window_s - past_s,
        )


def _hash(runtime: Runtime, challenge: int, code: str) -> bytes:
    return runtime.keys.blind("one_time_code", f"{challenge}:{code}")


def _challenge_text(runtime: Runtime, identifier: int, phone: str) -> str:
    head = identifier.to_bytes(8, "big")
    sealed = runtime.keys.seal(phone.encode(), b"challenge:" + head)
    return _PREFIX + base64.urlsafe_b64encode(head + sealed).decode().rstrip("=")


def _open(runtime: Runtime, text: str) -> _Opened:
    body = text.removeprefix(_PREFIX)
    if body == text or len(text) > _TEXT_MAX or not text.isascii():
        raise _refused()
    # The challenge comes from outside: one that does not open is a wrong one, not a fault of ours.
    try:
        raw = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))
        phone = runtime.keys.open(raw[8:], b"challenge:" + raw[:8]).decode()
    except (binascii.Error, ValueError, Broken):
        raise _refused() from None
    identifier = int.from_bytes(raw[:8], "big")
    return _Opened(identifier, runtime.cell(identifier), phone)


def _refused() -> NotSignedIn:
    return NotSignedIn("this code is not valid; please ask for a new one", code="code_refused")
