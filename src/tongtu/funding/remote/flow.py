"""Requests to remote lenders: the intent, then what came of it; a late answer is not booked."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from tongtu.evidence.api import Entry, append, commitment
from tongtu.funding.remote.key import valid_keys
from tongtu.funding.rules.remote import (
    AskState,
    BadAnswer,
    RemoteAnswer,
    read_answer,
)
from tongtu.funding.rules.signature import Act, Signed, is_genuine
from tongtu.funding.store import remote as store
from tongtu.funding.store.remote import Booking, Heard, Request
from tongtu.kernel.errors import NotAllowed
from tongtu.runtime.api import Connection, Runtime, get_logger

# More open requests than this are more than a lender answers in time: nobody new is asked.
OPEN_MAX = 2_000
LEASE = timedelta(seconds=15)
PAUSE_MIN_S, PAUSE_MAX_S = 1, 16
LATE, CONTRADICTION, MALFORMED = "late", "contradiction", "malformed"
LEAF = "lender_answer"
log = get_logger("lenders")


async def note_request(connection: Connection, new: Request) -> bool:
    """Write the intent to ask; False when the lender was asked about the application before."""
    return await store.insert(connection, new)


async def has_room(connection: Connection, cell: int) -> bool:
    """Tell whether more may be asked: the queue has a bound."""
    return await store.count_open(connection, cell) < OPEN_MAX


async def lease_requests(connection: Connection, cell: int, now: datetime, n: int) -> list[Request]:
    """End what was not answered in time, and take up at most `n` that are due to be asked."""
    if lapsed := await store.lapse(connection, cell, now):
        log.warning("lender_silent", requests=lapsed)
    return await store.lease(connection, cell, now, LEASE, n)


async def put_off(connection: Connection, runtime: Runtime, request: Request) -> None:
    """Ask again after a pause that doubles, with up to half of it more by chance."""
    pause_s = min(PAUSE_MIN_S << min(request.attempts - 1, 10), PAUSE_MAX_S)
    chance = int.from_bytes(runtime.entropy.bytes(2), "big") / 131_072
    next_at = runtime.clock.now() + timedelta(seconds=pause_s * (1 + chance))
    await store.put_off(connection, request.cell, request.id, next_at)


async def hear(
    connection: Connection, runtime: Runtime, request: Request, signed: Signed, body: bytes
) -> Heard:
    """Return an answer whose signature holds, by a key of that lender that holds now.

    Raises:
        NotAllowed: code `bad_signature`: false, too old, from the future, or by no such key.
    """
    now = runtime.clock.now()
    keys = await valid_keys(connection, request.lender, now)
    subject = runtime.public.show("remote_request", request.id)
    if not is_genuine(keys, (Act.ANSWER, subject, signed), body, now):
        raise NotAllowed("this answer's signature does not hold", code="bad_signature")
    return Heard(body, hashlib.sha256(body).digest(), signed.key, signed.signature, now)


async def count_bad(connection: Connection, request: Request) -> None:
    """Count an answer whose signature does not hold."""
    await store.count_bad(connection, request.cell, request.id)


def understood(runtime: Runtime, request: Request, heard: Heard) -> RemoteAnswer | None:
    """Return what an answer says; None when it is no answer to this request."""
    subject = runtime.public.show("remote_request", request.id)
    try:
        return read_answer(heard.body, subject, request.amount_minor)
    except BadAnswer:
        return None


async def settle_answer(
    connection: Connection, request: Request, heard: Heard, booking: Booking | None
) -> AskState:
    """Let an answer count when it is the first, in time and readable; keep it whatever it is.

    `request` is locked by this transaction; `booking` is None for what cannot be read. The same
    answer again changes nothing. Another one after the first withdraws both. Returns the state.
    """
    of = (request.cell, request.id)
    if booking is None:
        await store.note(connection, *of, heard, MALFORMED)
        return request.state
    if request.state is AskState.ASKED and await store.book(connection, *of, heard, booking):
        await store.note(connection, *of, heard, booking.state.value)
        leaf = Entry(LEAF, request.id, commitment(request.salt, heard.body))
        await append(connection, request.cell, request.id, [leaf], heard.at)
        return booking.state
    if request.state in (AskState.ASKED, AskState.TIMED_OUT):
        await store.note(connection, *of, heard, LATE)
        return AskState.TIMED_OUT
    if await store.note(connection, *of, heard, CONTRADICTION) > 1:
        return request.state  # what is known already
    log.error("lender_contradicts_itself", lender=request.lender, request=request.id)
    await store.contradict(connection, *of)
    return AskState.CONTRADICTED
