"""A case opens, gathers what ways find, and ends in a verdict. Each finding is a leaf."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from typing import Any

from tongtu.evidence.api import Entry, append, commitment
from tongtu.identity.api import Caller, Role
from tongtu.kernel.errors import Broken, Conflict, NotFound, TooMany
from tongtu.kernel.ids import id_shard
from tongtu.runtime.api import Connection, Runtime
from tongtu.verification.model import (
    CASE_LIFE,
    ELEMENTS_MAX,
    MOVES,
    REFUSED_BEFORE,
    REFUSED_MAX,
    REFUSED_WITHIN,
    WAIT_REFUSED,
    WAIT_REFUSED_OFTEN,
    Element,
    Event,
    IdentityCase,
    KeptElement,
    Level,
    Standing,
    State,
    Stated,
    Verdict,
)
from tongtu.verification.rulebook import Rulebook
from tongtu.verification.store import case as store

SALT_BYTES = 16
KIND = "verification"
# Staff that sees cases in the course of work.
WORKERS = frozenset({Role.CLERK, Role.OPERATOR})


async def open_case(
    connection: Connection, runtime: Runtime, caller: Caller, stated: Stated
) -> IdentityCase:
    """Open a case of the caller's own party, or return the one that is open.

    A case whose time is over is ended first. What a person was to look at and nobody did goes on:
    no doubt goes away by waiting. After a refusal no machine passes anybody: a person looks again.

    Raises:
        TooMany: `refused_lately`: a person refused one a day ago or less, or three in 90 days.
    """
    cell, at = caller.cell, runtime.clock.now()
    there = await store.open_of(connection, cell, caller.subject)
    if there is not None and there.expires_at > at:
        return there
    if there is not None:
        await move(connection, there, Event.EXPIRE, at)
    last = await store.last_of(connection, cell, caller.subject)
    await _check_pace(connection, caller, at)
    new = IdentityCase(
        id=runtime.ids.new(id_shard(caller.subject)),
        cell=cell,
        party=caller.subject,
        channel=stated.channel,
        state=State.OPEN,
        level=Level.NONE,
        risk_level=0,
        is_student=stated.is_student,
        has_source_of_funds=stated.has_source_of_funds,
        reasons=() if last is None else _doubts_of(last),
        clerk=None,
        opened_at=at,
        expires_at=at + CASE_LIFE,
        closed_at=None,
    )
    if not await store.insert(connection, new):
        raise Conflict("a case is open already", code="case_open")
    return new


def _doubts_of(last: IdentityCase) -> tuple[str, ...]:
    """What a new case has to say of the one before it."""
    if last.state is State.REFUSED:
        return (REFUSED_BEFORE,)
    return last.reasons if last.state is State.EXPIRED else ()


async def _check_pace(connection: Connection, caller: Caller, at: datetime) -> None:
    since = at - REFUSED_WITHIN
    count, last = await store.refusals(connection, caller.cell, caller.subject, since)
    wait = WAIT_REFUSED if count < REFUSED_MAX else WAIT_REFUSED_OFTEN
    if last is not None and last + wait > at:
        raise TooMany(
            "this was refused a short while ago; a branch can help",
            code="refused_lately",
            retry_after_s=int((last + wait - at).total_seconds()) + 1,
        )


async def find_case(
    connection: Connection, runtime: Runtime, caller: Caller, case: int, *, locked: bool = False
) -> IdentityCase:
    """Return a case to its own party, or to staff. Raises NotFound."""
    found = await store.find(connection, runtime.cell(case), case, locked=locked)
    is_own = found is not None and caller.role is Role.BORROWER and found.party == caller.subject
    if found is None or not (is_own or caller.role in WORKERS):
        raise NotFound("there is no such verification")
    return found


async def find_open_case(
    connection: Connection, runtime: Runtime, caller: Caller, case: int
) -> IdentityCase:
    """Return a case that goes on, its row locked.

    Raises:
        NotFound: none, or not the caller's.
        Conflict: `case_closed`: it is decided, waits for a person, or its time is over.
    """
    found = await find_case(connection, runtime, caller, case, locked=True)
    if found.state is not State.OPEN or found.expires_at <= runtime.clock.now():
        raise Conflict("this verification does not go on", code="case_closed")
    return found


async def elements(connection: Connection, case: IdentityCase) -> list[KeptElement]:
    """Return what was found in a case, oldest first."""
    return await store.elements_of(connection, case.cell, case.id)


async def add_element(
    connection: Connection, runtime: Runtime, case: IdentityCase, element: Element
) -> KeptElement:
    """Write what a way found, with its leaf in the log; the caller holds the case.

    Raises:
        Conflict: `too_many_tries`: a branch goes on with the person.
    """
    # What staff find is counted apart: whoever tried too often is somebody for a branch.
    is_staff = element.staff is not None
    kept = await elements(connection, case)
    if sum((one.element.staff is not None) is is_staff for one in kept) >= ELEMENTS_MAX:
        raise Conflict("too many tries; a branch can help", code="too_many_tries")
    at = runtime.clock.now()
    number = runtime.ids.new(id_shard(case.party))
    salt = runtime.entropy.bytes(SALT_BYTES)
    told: dict[str, Any] = {
        "case": case.id,
        "element": number,
        "way": element.way.value,
        "outcome": element.outcome.value,
        "provider": element.provider,
        "is_certified": element.is_certified,
        "detail": element.detail,
        "distance_ppm": element.distance_ppm,
        "staff": element.staff,
        "document": element.document,
        "found_at": at.isoformat(),
    }
    leaf = commitment(salt, _canonical(told))
    await store.add_element(connection, case, element, store.Proof(number, salt, leaf), at)
    batch = runtime.ids.new(id_shard(case.party))
    await append(connection, case.cell, batch, [Entry(KIND, number, leaf)], at)
    return KeptElement(number, element, at)


async def conclude(
    connection: Connection,
    runtime: Runtime,
    book: Rulebook,
    case: IdentityCase,
    verdict: Verdict,
) -> IdentityCase:
    """Move a case as its verdict says; a passed one stands for the party from now on."""
    assert verdict.event is not None
    at = runtime.clock.now()
    changed = replace(
        case, level=verdict.level, risk_level=verdict.risk_level, reasons=verdict.reasons
    )
    moved = await move(connection, changed, verdict.event, at)
    if moved.state is State.PASSED:
        await store.stand(connection, moved, at, at + book.valid_for)
    return moved


async def move(
    connection: Connection, case: IdentityCase, event: Event, at: datetime
) -> IdentityCase:
    """Write the state an event leads to. Raises Broken: the table has no such move."""
    to = MOVES.get((case.state, event))
    if to is None:
        raise Broken(f"a case that is {case.state} does not {event}")
    closed_at = None if to in (State.OPEN, State.REVIEW) else at
    moved = replace(case, state=to, closed_at=closed_at)
    await store.move(connection, moved)
    return moved


async def end_overdue(
    connection: Connection, runtime: Runtime, cell: int, limit: int
) -> list[IdentityCase]:
    """End cases whose time is over, at most `limit`; return them as they stood before."""
    at = runtime.clock.now()
    found = await store.overdue(connection, cell, at, limit)
    for case in found:
        await move(connection, case, Event.EXPIRE, at)
    return found


async def reassign(connection: Connection, case: IdentityCase, clerk: int) -> IdentityCase:
    """Let a member of staff be the case's clerk; the caller holds its row."""
    moved = replace(case, clerk=clerk)
    await store.move(connection, moved)
    return moved


async def standing(connection: Connection, runtime: Runtime, party: int) -> Standing:
    """Return what stands of a party now; nothing stands beyond its day."""
    found = await store.standing(connection, runtime.cell(party), party)
    is_over = found.valid_until is not None and found.valid_until <= runtime.clock.now()
    return Standing() if is_over else found


async def end_standing(connection: Connection, runtime: Runtime, party: int) -> None:
    """Believe no verdict of a party any more: what it was about has changed."""
    await store.end_standing(connection, runtime.cell(party), party, runtime.clock.now())


def _canonical(told: dict[str, Any]) -> bytes:
    return json.dumps(told, sort_keys=True, separators=(",", ":")).encode()
