"""What a person and staff ask about data: what is held, what was asked, a value put right."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from tongtu.identity.api import (
    Caller,
    CommandKey,
    Correction,
    PrivacyItem,
    PrivacyRequest,
    VaultKind,
    Wish,
    decide_correction,
    find_request,
    items_of,
    keep_wanted,
    once,
    open_requests,
    read_correction,
    read_wanted,
    requests_of,
)
from tongtu.journey.clock_of_answers import rules_missed
from tongtu.journey.erasure import Law, Line, check_wish, open_wish, plan_erasure
from tongtu.kernel.errors import NotFound
from tongtu.runtime.api import Connection, Runtime, business_date

REQUESTS_MAX = 200


@dataclass(frozen=True, slots=True)
class Holdings:
    """What is held of a person, what an erasure of today would leave, and what was asked so far."""

    lines: list[Line]
    requests: list[PrivacyRequest]


async def show_holdings(law: Law, party: int) -> Holdings:
    """Return what is held of a person and by which rule; nothing changes."""
    async with law.runtime.database.reading() as connection:
        today = await business_date(connection)
        requests = await requests_of(connection, law.runtime, party)
    return Holdings(await plan_erasure(law, party, today), requests)


async def ask_correction(
    law: Law, caller: Caller, wish: tuple[VaultKind, str, str], key: CommandKey
) -> bytes:
    """Ask for a value to be put right; return the request's number and day as JSON.

    Raises:
        BadInput: the value or the reason does not pass.
        Conflict: `already_asked`: one waits for its answer.
        Refused: the law forbids it.
    """
    runtime, wanted = law.runtime, read_wanted(*wish)

    async def effect(connection: Connection) -> bytes:
        check_wish(law, Wish.CORRECT, [], await business_date(connection))
        request = await open_wish(connection, law, caller, caller.subject, Wish.CORRECT)
        await keep_wanted(connection, runtime, request, wanted)
        shown = runtime.public.show("privacy_request", request.id)
        return msgspec.json.encode({"request": shown, "answer_by": request.answer_by})

    return await once(runtime, caller, "ask_correction", key, effect)


async def rule_correction(
    law: Law, caller: Caller, identifier: int, said: tuple[bool, str], key: CommandKey
) -> bytes:
    """Put right what was asked for, or refuse it with a reason; late, it is done all the same.

    Raises:
        NotFound, NotAllowed, BadInput, Conflict: as `decide_correction`.
    """
    runtime = law.runtime

    async def effect(connection: Connection) -> bytes:
        decided = await decide_correction(connection, runtime, caller, identifier, said)
        missed = rules_missed(runtime, law.pack, "privacy_request", decided.asked_at)
        return msgspec.json.encode({"state": decided.state, "rules_missed": missed})

    return await once(runtime, caller, "rule_correction", key, effect)


async def list_waiting_wishes(runtime: Runtime) -> list[PrivacyRequest]:
    """Return what waits for staff, by the day it must be answered."""
    async with runtime.database.reading() as connection:
        return await open_requests(connection, REQUESTS_MAX)


async def show_request(
    runtime: Runtime, caller: Caller, identifier: int
) -> tuple[PrivacyRequest, list[PrivacyItem], Correction | None]:
    """Return a request with what it came to; a correction is shown to its person and to staff.

    Raises:
        NotFound: there is no such request, or it is somebody else's.
    """
    async with runtime.database.reading() as connection:
        request = await find_request(connection, runtime, caller, identifier)
        items = await items_of(connection, runtime, request)
        correction = None
        if request.kind is Wish.CORRECT:
            try:
                correction = await read_correction(connection, runtime, request)
            except NotFound:
                correction = None  # it ended with its term
    return request, items, correction
