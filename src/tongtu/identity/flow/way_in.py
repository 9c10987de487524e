"""Putting right what leads to an account: the phone that signs in, and the resident id.

Whoever asks has a fresh proof, and for a phone the code that came to the new number. Then it waits,
longer where a SIM may have been stolen: the old phone is told at once and its owner can stop it.
Two persons decide. The old number opens nothing from the moment the new one stands.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

from tongtu.identity.flow.code import Asker, code_refused, open_challenge, send_code, use_code
from tongtu.identity.flow.token import end_sessions_of
from tongtu.identity.model import Caller, Challenge, CodeToSend, VaultKind
from tongtu.identity.rules import parse_phone, parse_resident_id
from tongtu.identity.store import party as parties
from tongtu.kernel.clock import business_date_of
from tongtu.kernel.errors import Conflict
from tongtu.kernel.ids import cell_of, shard_of
from tongtu.runtime.api import Connection, Runtime

WAYS_IN = (VaultKind.PHONE, VaultKind.RESIDENT_ID)
SIM_KEPT, SIM_SWAPPED, SIM_UNKNOWN = "sim_kept", "sim_swapped", "sim_unknown"
# A day for the owner of the old phone to object; as long as a fresh SIM is one a thief may hold
# where it is, or where no operator told.
WAIT, WAIT_IN_DOUBT = timedelta(hours=24), timedelta(hours=72)
_PURPOSE = b"new-phone:"


async def send_new_phone_code(
    runtime: Runtime,
    caller: Caller,
    phone: str,
    asker: Asker,
    deliver: Callable[[Connection, CodeToSend], Awaitable[None]],
) -> Challenge:
    """Send a code to a number the caller wants to have, good for this one caller and purpose.

    The same is done for a number somebody has and for one that nobody has.

    Raises:
        BadInput: not a mainland mobile number.
        TooMany: this phone, address or device asked too often.
    """
    return await send_code(runtime, parse_phone(phone), asker, deliver, _purpose(caller))


async def prove_new_phone(
    runtime: Runtime, caller: Caller, phone: str, proof: tuple[str, str]
) -> None:
    """Check that the caller holds a phone; `proof` is challenge and code, which is used up.

    Raises:
        NotSignedIn: code `code_refused`: wrong, used, too old, for another number or caller.
    """
    challenge, code = proof
    opened = open_challenge(runtime, challenge, _purpose(caller))
    async with runtime.database.transaction() as connection:
        fits = await use_code(connection, runtime, opened, code, _purpose(caller))
    if not fits or opened.phone != parse_phone(phone):
        raise code_refused()


def wait_of(signal: str) -> timedelta:
    """Return how long a change waits after what the operator told of the SIMs."""
    return WAIT if signal == SIM_KEPT else WAIT_IN_DOUBT


def parse_own_id(runtime: Runtime, text: str) -> str:
    """Return a checked resident id. Raises BadInput."""
    today = business_date_of(runtime.clock.now(), runtime.settings.zone)
    return parse_resident_id(text, today, is_reserved_allowed=runtime.settings.demo).text


@asynccontextmanager
async def claimed(runtime: Runtime, party: int, kind: VaultKind, value: str) -> AsyncIterator[None]:
    """Let a value lead to the party, in its own commit; given back when the block fails.

    Raises:
        Conflict: `identity_taken`: it leads to somebody else.
    """
    handle = handle_of(runtime, kind, value)
    async with runtime.database.transaction() as connection:
        claim = await parties.claim_handle(connection, handle, party, runtime.clock.now())
    if claim.party != party:
        raise Conflict("it belongs to another account", code="identity_taken")
    try:
        yield
    except BaseException:
        if claim.is_new:
            await release(runtime, party, kind, value)
        raise


async def release(runtime: Runtime, party: int, kind: VaultKind, value: str) -> None:
    """Let a value lead to the party no more; twice is once."""
    async with runtime.database.transaction() as connection:
        await parties.release_handle(connection, handle_of(runtime, kind, value), party)


async def after_change(
    connection: Connection, runtime: Runtime, party: int, kind: VaultKind, value: str
) -> None:
    """End every session of the party, and let its age follow a new resident id."""
    cell, at = runtime.cell(party), runtime.clock.now()
    if kind is VaultKind.RESIDENT_ID:
        today = business_date_of(at, runtime.settings.zone)
        shown = parse_resident_id(value, today, is_reserved_allowed=runtime.settings.demo)
        await parties.note_adult_on(connection, cell, party, shown.adult_on)
    await end_sessions_of(connection, runtime, party)


def handle_of(runtime: Runtime, kind: VaultKind, value: str) -> parties.Handle:
    """Return the handle that a phone or a resident id is."""
    blind = runtime.keys.blind(kind.value, value)
    return parties.Handle(cell_of(shard_of(blind), runtime.settings.cells), kind.value, blind)


def _purpose(caller: Caller) -> bytes:
    return _PURPOSE + caller.subject.to_bytes(8, "big")
