"""One-time codes: sent to a phone, bound to their challenge and to what they are for.

The challenge itself carries the phone, sealed to it, and the table holds keyed hashes only.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from tongtu.identity.flow.bound import Bound, take_within
from tongtu.identity.model import (
    CODE_DIGITS,
    CODE_LIFE,
    CODE_SPACING,
    CODES_PER_ADDRESS_HOUR,
    CODES_PER_DEVICE_HOUR,
    CODES_PER_PHONE_DAY,
    CODES_PER_PHONE_HOUR,
    Challenge,
    CodeToSend,
    VaultKind,
)
from tongtu.identity.store import code as codes
from tongtu.kernel.errors import Broken, NotSignedIn, TooMany
from tongtu.kernel.ids import cell_of, shard_of
from tongtu.runtime.api import Connection, Runtime

Deliver = Callable[[Connection, CodeToSend], Awaitable[None]]
_PREFIX = "ch_"
_TEXT_MAX = 200
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Asker:
    """Where a code is asked for: the client's address, and its device when it names one.

    `party` where somebody who is signed in asks for one to their own phone: what strangers ask for
    with that number does not count against them.
    """

    address: str
    device: str = ""
    party: int | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """What a challenge says once it is open."""

    id: int
    cell: int
    phone: str


async def send_code(
    runtime: Runtime, number: str, asker: Asker, deliver: Deliver, purpose: bytes = b""
) -> Challenge:
    """Send a code to a parsed number and return the challenge it answers, for this purpose only.

    The same is done for a number that somebody has and for one that nobody has.

    Raises:
        TooMany: this phone, address or device asked too often, or just now.
    """
    at = runtime.clock.now()
    blind = runtime.keys.blind(VaultKind.PHONE.value, number)
    shard = shard_of(blind)
    cell = cell_of(shard, runtime.settings.cells)
    identifier = runtime.ids.new(shard)
    code = runtime.entropy.digits(CODE_DIGITS)
    await _limit_asker(runtime, asker)
    whose = f"phone:{number}" if asker.party is None else f"party:{asker.party}"
    async with runtime.database.transaction() as connection:
        await _space(connection, runtime, cell, whose)
        for window, uses_max in ((_HOUR, CODES_PER_PHONE_HOUR), (_DAY, CODES_PER_PHONE_DAY)):
            bound = Bound(whose, window, uses_max)
            await _take(connection, runtime, cell, bound)
        code_hash = _hash(runtime, identifier, code, purpose)
        row = codes.CodeRow(identifier, blind, code_hash, at, at + CODE_LIFE)
        await codes.write_code(connection, cell, row)
        await deliver(connection, CodeToSend(number, code, at))
    return Challenge(_challenge_text(runtime, identifier, number, purpose), at + CODE_LIFE)


async def use_code(
    connection: Connection, runtime: Runtime, opened: Opened, code: str, purpose: bytes = b""
) -> bool:
    """Count one try of a code; True when it fits and is used up now."""
    code_hash = _hash(runtime, opened.id, code, purpose)
    at = runtime.clock.now()
    return await codes.try_code(connection, opened.cell, opened.id, code_hash, at)


def open_challenge(runtime: Runtime, text: str, purpose: bytes = b"") -> Opened:
    """Return what a challenge says.

    Raises:
        NotSignedIn: code `code_refused`: none of ours, or for another purpose.
    """
    body = text.removeprefix(_PREFIX)
    if body == text or len(text) > _TEXT_MAX or not text.isascii():
        raise code_refused()
    # The challenge comes from outside: one that does not open is a wrong one, not a fault of ours.
    try:
        raw = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))
        phone = runtime.keys.open(raw[8:], _bound_to(raw[:8], purpose)).decode()
    except (binascii.Error, ValueError, Broken):
        raise code_refused() from None
    identifier = int.from_bytes(raw[:8], "big")
    return Opened(identifier, runtime.cell(identifier), phone)


def code_refused() -> NotSignedIn:
    """Return the one refusal of a code, whatever was wrong."""
    return NotSignedIn("this code is not valid; please ask for a new one", code="code_refused")


async def _limit_asker(runtime: Runtime, asker: Asker) -> None:
    if runtime.settings.demo:
        return  # the replay signs thousands of people in from one address
    bounds = [Bound(f"address:{asker.address}", _HOUR, CODES_PER_ADDRESS_HOUR)]
    if asker.device:
        bounds.append(Bound(f"device:{asker.device}", _HOUR, CODES_PER_DEVICE_HOUR))
    for bound in bounds:
        key = runtime.keys.blind("attempt", bound.what)
        async with runtime.database.transaction() as connection:
            await _take(connection, runtime, cell_of(shard_of(key), runtime.settings.cells), bound)


async def _space(connection: Connection, runtime: Runtime, cell: int, whose: str) -> None:
    if runtime.settings.demo:
        return  # nobody's telephone rings: its inbox is a page
    at = runtime.clock.now()
    key = runtime.keys.blind("attempt", f"{whose}:spacing")
    waits_until = await codes.space_attempt(connection, cell, key, at, CODE_SPACING)
    if waits_until is not None:
        raise _too_many(_seconds_between(at, waits_until))


async def _take(connection: Connection, runtime: Runtime, cell: int, bound: Bound) -> None:
    waits_s = await take_within(connection, runtime, cell, bound)
    if waits_s is not None:
        raise _too_many(waits_s)


def _too_many(retry_after_s: int) -> TooMany:
    return TooMany(
        "too many codes were asked for; please wait",
        code="too_many_codes",
        retry_after_s=retry_after_s,
    )


def _seconds_between(at: datetime, until: datetime) -> int:
    return max(1, -int((at - until).total_seconds() // 1))


def _hash(runtime: Runtime, challenge: int, code: str, purpose: bytes) -> bytes:
    bound = f":{purpose.hex()}" if purpose else ""
    return runtime.keys.blind("one_time_code", f"{challenge}:{code}{bound}")


def _bound_to(head: bytes, purpose: bytes) -> bytes:
    return b"challenge:" + head + purpose


def _challenge_text(runtime: Runtime, identifier: int, phone: str, purpose: bytes) -> str:
    head = identifier.to_bytes(8, "big")
    sealed = runtime.keys.seal(phone.encode(), _bound_to(head, purpose))
    return _PREFIX + base64.urlsafe_b64encode(head + sealed).decode().rstrip("=")
