"""What the bank sends by itself: verified, stored, answered; then worked through, once each.

Duplicates, lateness and disorder are normal here. A message that cannot be read stays, refused, for
a person to see; its money is found by the statement in any case.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from tongtu.identity.api import Caller, Role
from tongtu.kernel.errors import (
    BadInput,
    Conflict,
    DeadlinePassed,
    NotAllowed,
    NotFound,
    NotSignedIn,
    Overloaded,
)
from tongtu.kernel.ids import cell_of, id_shard, shard_of
from tongtu.payments.flow.hear import hear, hear_return
from tongtu.payments.message import PACS_002, PACS_004, read_report, read_return
from tongtu.payments.model import Answer, Instruction, PaymentState, Returned, Saying
from tongtu.payments.reader import BadMessage, read_tree
from tongtu.payments.signature import Signed, is_event, is_genuine
from tongtu.payments.statement import CAMT_054, read_notification
from tongtu.payments.store import callback as store
from tongtu.payments.store.callback import Callback
from tongtu.payments.store.instruction import hold
from tongtu.runtime.api import Connection, Runtime, count, get_logger

BODY_BYTES_MAX = 65_536
# A message about one payment has some 40 elements.
MESSAGE_ELEMENTS_MAX = 500
# A message whose work fails is tried again after 5 s, 10 s, ... at most 5 min: the twelfth failure
# comes after half an hour, longer than a database is away; what fails then needs a person.
ATTEMPTS_MAX = 12
PAUSE_MIN, PAUSE_MAX = timedelta(seconds=5), timedelta(minutes=5)
log = get_logger("payments")


async def receive(
    runtime: Runtime, secrets: Mapping[str, bytes], signed: Signed, body: bytes
) -> bool:
    """Store a callback whose signature holds; return False when it is stored already.

    Raises:
        NotSignedIn: code `bad_signature`: not a bank we know, not these bytes, or too old.
        BadInput: no body, or one beyond its bound.
        Conflict: code `event_reused`: another body came under this event.
    """
    at = runtime.clock.now()
    if not is_genuine(secrets, signed, body, at):
        raise NotSignedIn("the signature does not hold", code="bad_signature")
    if not 0 < len(body) <= BODY_BYTES_MAX:
        raise BadInput("a callback has a body within its bound")
    cell = cell_of(shard_of(signed.event.encode()), runtime.settings.cells)
    async with runtime.database.transaction() as connection:
        callback = Callback(cell, signed.event, body, 0)
        if await store.add(connection, callback, at):
            return True
        if await store.body_of(connection, cell, signed.event) != body:
            raise Conflict("another body came under this event", code="event_reused")
        return False


class WorkFailed(Exception):
    """The work on a callback failed; the cause says by what."""

    def __init__(self, callback: Callback) -> None:
        super().__init__(callback.event)
        self.callback = callback


async def work_one(runtime: Runtime) -> bool:
    """Work through the callback that waits longest, in one commit; False when none waits.

    Raises:
        WorkFailed: it was not worked through; `put_off` lets it wait.
    """
    taken: Callback | None = None
    try:
        async with runtime.database.transaction() as connection:
            taken = await store.take(connection, runtime.clock.now())
            if taken is None:
                return False
            try:
                note = await _work(connection, runtime, taken.body)
                state = "done"
            except BadMessage as fault:
                state, note = "refused", str(fault)[:100]
                log.warning("callback_refused", event_id=taken.event, reason=note)
            await store.end(connection, taken, state, note, runtime.clock.now())
    except Exception as fault:
        if taken is None:
            raise
        raise WorkFailed(taken) from fault
    return True


async def put_off(runtime: Runtime, failed: WorkFailed) -> None:
    """Let a callback that failed wait on, so that it does not stop those behind it.

    One that failed too often is parked: a person is told, and sees it among the parked ones. That
    the platform is slow or full is counted on no callback.
    """
    own = 0 if isinstance(failed.__cause__, Overloaded | DeadlinePassed) else 1
    callback, note = failed.callback, type(failed.__cause__).__name__
    next_at = runtime.clock.now() + pause_after(callback.attempts)
    async with runtime.database.transaction() as connection:
        state = await store.put_off(connection, callback, next_at, (note, ATTEMPTS_MAX, own))
    if state == "parked":
        count("callbacks_parked").inc()
        log.error("callback_needs_a_person", event_id=callback.event, reason=note)


async def take_up(connection: Connection, runtime: Runtime, caller: Caller, event: str) -> None:
    """Let a parked callback be worked through anew, in the caller's transaction.

    Raises:
        NotAllowed: not an operator.
        NotFound: no callback of this name is parked.
    """
    if caller.role is not Role.OPERATOR:
        raise NotAllowed("your role may not do this")
    if not is_event(event):
        raise NotFound("no message has such a name")
    cell = cell_of(shard_of(event.encode()), runtime.settings.cells)
    if not await store.take_up(connection, cell, event, runtime.clock.now()):
        raise NotFound("no message of this name is parked")


def pause_after(failures: int) -> timedelta:
    """Return how long a callback waits that failed so often before: doubling, bounded."""
    return min(PAUSE_MAX, PAUSE_MIN * (1 << failures))


async def _work(connection: Connection, runtime: Runtime, body: bytes) -> str | None:
    kind, _ = read_tree(body, {PACS_002, PACS_004, CAMT_054}, MESSAGE_ELEMENTS_MAX)
    if kind == PACS_004:
        returned = read_return(body)
        held = await _held(connection, runtime, returned.end_to_end_id)
        return await _come_back(connection, runtime, held, returned)
    if kind == PACS_002:
        number, answer = read_report(body)
        held = await _held(connection, runtime, number)
    else:
        _, entry = read_notification(body)
        held = await _held(connection, runtime, entry.end_to_end_id)
        if entry.is_return:
            amount_minor = abs(entry.amount_minor)
            returned = Returned(entry.end_to_end_id, amount_minor, entry.reason, entry.charge_minor)
            return await _come_back(connection, runtime, held, returned)
        answer = Answer(Saying.YES, None, entry.reference, abs(entry.amount_minor))
    if held is None or held.state is PaymentState.INTENDED:
        return "about no payment that we sent"
    await hear(connection, runtime, held, answer)
    return None


async def _come_back(
    connection: Connection, runtime: Runtime, held: Instruction | None, returned: Returned
) -> str | None:
    if held is not None and await hear_return(connection, runtime, held, returned):
        return None
    return "money back of what we do not hold settled: the statement will name it"


async def _held(connection: Connection, runtime: Runtime, number: str) -> Instruction | None:
    try:
        found = runtime.public.read("payment", number)
    except ValueError:
        return None
    return await hold(connection, cell_of(id_shard(found), runtime.settings.cells), found)
