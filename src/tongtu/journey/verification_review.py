"""Cases of verification that wait for a person: listed, taken, looked at, decided with a ground.

A person may say that a face is the card's, that a card says what was stated, that a number's holder
was reached: never that a register's denial is none, nor that the law does not stand against it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from tongtu.identity.api import (
    Caller,
    CommandKey,
    Document,
    check_untied,
    list_documents,
    once,
    open_document,
)
from tongtu.journey.desk import DECIDES
from tongtu.journey.verification import Platform, settle, tell_verdict
from tongtu.kernel.errors import BadInput, Conflict, NotAllowed, NotFound
from tongtu.runtime.api import Connection, Runtime
from tongtu.verification import api as verification
from tongtu.verification.api import Element, Event, Found, IdentityCase, State, Way

# What a person may vouch for with their name.
VOUCHED = (Way.FACE, Way.DOCUMENT, Way.CARD_BACK, Way.PHONE)
DESK = "desk"
PASS, REFUSE = "pass", "refuse"
# The door names them all; what stands in a case is never a sentence about a person.
GROUND = re.compile(r"[a-z_]{3,40}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a person says of a case: pass with what they vouch for, or refuse; `why` is a word."""

    case: int
    said: str
    vouches: Sequence[Way]
    why: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """A case that waits, with what was found in it and its pictures, without content."""

    case: IdentityCase
    elements: tuple[verification.KeptElement, ...]
    documents: tuple[Document, ...]


async def list_waiting_cases(platform: Platform, after: int, limit: int) -> list[Waiting]:
    """Return a page of cases that wait for a person, oldest first, of all cells."""
    runtime = platform.runtime
    found: list[IdentityCase] = []
    async with runtime.database.reading() as connection:
        for cell in range(runtime.settings.cells):
            found += await verification.in_review(connection, cell, after, limit)
        page = sorted(found, key=lambda case: case.id)[:limit]
        return [
            Waiting(
                case,
                tuple(await verification.elements(connection, case)),
                tuple(await list_documents(connection, runtime, case.id)),
            )
            for case in page
        ]


async def take_verification(
    platform: Platform, caller: Caller, case: int, key: CommandKey
) -> bytes:
    """Become the clerk of a case that waits; return {"verification", "state"} as JSON.

    Raises NotFound; NotAllowed: `related`, another role; Conflict: `case_closed`.
    """
    runtime = platform.runtime

    async def effect(connection: Connection) -> bytes:
        found = await _waiting(connection, runtime, caller, case)
        await verification.reassign(connection, found, caller.subject)
        return _told(runtime, found)

    return await once(runtime, caller, "take_verification", key, effect)


async def read_picture(
    platform: Platform, caller: Caller, of: tuple[int, int]
) -> tuple[Document, bytes]:
    """Return a picture (case, document) to the case's clerk; the look is committed first.

    Raises NotAllowed: `not_your_case`, `related`; NotFound: no such picture, or it was erased.
    """
    runtime = platform.runtime
    async with runtime.database.transaction() as connection:
        found = await verification.find_case(connection, runtime, caller, of[0])
        if found.clerk != caller.subject or caller.role not in DECIDES:
            raise NotAllowed("only the case's clerk sees its pictures", code="not_your_case")
        await check_untied(connection, runtime, caller, found.party)
        return await open_document(connection, runtime, caller, of)


async def rule_verification(
    platform: Platform, caller: Caller, opinion: Opinion, key: CommandKey
) -> bytes:
    """Decide a case that waits, as its clerk; return {"verification", "state", "level"} as JSON.

    Raises:
        NotFound; NotAllowed: `related`, `not_your_case`; Conflict: `case_closed`,
            `still_in_doubt`: a register denies it, or the law stands against it.
        BadInput: vouched for what no person vouches for, or a ground that is no word.
    """
    runtime = platform.runtime
    if opinion.said not in (PASS, REFUSE) or not set(opinion.vouches) <= set(VOUCHED):
        raise BadInput("nobody vouches for that", fields={"vouches": "unknown"})
    if GROUND.fullmatch(opinion.why) is None:
        raise BadInput("a ground is a word of a list", fields={"why": "no word"})

    async def effect(connection: Connection) -> bytes:
        found = await _waiting(connection, runtime, caller, opinion.case)
        if found.clerk != caller.subject:
            raise NotAllowed("take the case first", code="not_your_case")
        if opinion.said == REFUSE:
            at = runtime.clock.now()
            named = replace(found, reasons=(*found.reasons, f"why:{opinion.why}"))
            ended = await verification.move(connection, named, Event.REFUSE, at)
            await tell_verdict(connection, runtime, ended)
            return _told(runtime, ended)
        for way in dict.fromkeys(opinion.vouches):
            element = Element(way, Found.YES, DESK, detail=("vouched",), staff=caller.subject)
            await verification.add_element(connection, runtime, found, element)
        named = replace(found, reasons=(f"why:{opinion.why}",))
        return _told(runtime, await settle(connection, platform, named, by=caller))

    return await once(runtime, caller, "rule_verification", key, effect)


async def confirm_at_branch(
    platform: Platform, caller: Caller, told: tuple[int, bool | None], key: CommandKey
) -> bytes:
    """Record that the case's clerk saw person and card at a branch, and what the scanner said.

    `told`: the case, and whether two prints matched on the branch's own device (None: not asked).
    No print and no template comes here.

    Raises:
        NotFound: none, or, for a clerk of a branch, none that a person's own code led to them.
        NotAllowed: `related`, `not_your_case`: come by the person's own code.
        Conflict: `case_closed`.
    """
    runtime = platform.runtime
    case, prints = told

    async def effect(connection: Connection) -> bytes:
        there = await verification.find_case(connection, runtime, caller, case)
        if there.clerk != caller.subject or caller.role not in DECIDES:
            if caller.organisation:  # whose case it is, or that it is one, is not theirs to know
                raise NotFound("there is no such verification")
            raise NotAllowed("the person's own code leads here", code="not_your_case")
        found = await verification.find_open_case(connection, runtime, caller, case)
        await check_untied(connection, runtime, caller, found.party)
        if prints is not None:
            said = Found.YES if prints else Found.PERSON
            scanner = Element(Way.FINGERPRINT, said, "branch_scanner", staff=caller.subject)
            await verification.add_element(connection, runtime, found, scanner)
        seen = Element(Way.BRANCH, Found.YES, "branch", staff=caller.subject)
        await verification.add_element(connection, runtime, found, seen)
        return _told(runtime, found)

    return await once(runtime, caller, "confirm_at_branch", key, effect)


async def _waiting(
    connection: Connection, runtime: Runtime, caller: Caller, case: int
) -> IdentityCase:
    if caller.role not in DECIDES:
        raise NotAllowed("your role may not do this")
    found = await verification.find_case(connection, runtime, caller, case, locked=True)
    await check_untied(connection, runtime, caller, found.party)
    if found.state is not State.REVIEW:
        raise Conflict("this verification does not wait for a person", code="case_closed")
    return found


def _told(runtime: Runtime, case: IdentityCase) -> bytes:
    told: dict[str, Any] = {
        "verification": runtime.public.show("verification", case.id),
        "state": case.state.value,
        "level": int(case.level),
    }
    return msgspec.json.encode(told)
