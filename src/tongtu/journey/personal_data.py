"""What a person and staff ask about data: what is held, what was asked, a value put right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol
from zoneinfo import ZoneInfo

import msgspec

from tongtu.identity.api import (
    WAYS_IN,
    Caller,
    CommandKey,
    Correction,
    PrivacyItem,
    PrivacyRequest,
    Told,
    VaultKind,
    Wish,
    decide_correction,
    find_request,
    items_of,
    keep_wanted,
    once,
    once_in_steps,
    open_requests,
    platform,
    prove_new_phone,
    read_correction,
    read_vault,
    read_wanted,
    release,
    requests_of,
    stop_correction,
)
from tongtu.journey.clock_of_answers import rules_missed
from tongtu.journey.erasure import Law, check_wish, open_wish, plan_erasure
from tongtu.journey.erasure import Line as HeldLine
from tongtu.journey.recipients import tell_recipients
from tongtu.kernel.errors import BadInput, NotFound
from tongtu.notice.api import Notice, keep_for_party, send
from tongtu.risk.api import note_verified
from tongtu.runtime.api import Connection, Runtime, business_date
from tongtu.verification.api import Equipment, end_standing, swap_signal

REQUESTS_MAX = 200


@dataclass(frozen=True, slots=True)
class Holdings:
    """What is held of a person, what an erasure of today would leave, and what was asked so far."""

    lines: list[HeldLine]
    requests: list[PrivacyRequest]


async def show_holdings(law: Law, party: int) -> Holdings:
    """Return what is held of a person and by which rule; nothing changes."""
    async with law.runtime.database.reading() as connection:
        today = await business_date(connection)
        requests = await requests_of(connection, law.runtime, party)
    return Holdings(await plan_erasure(law, party, today), requests)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be put right, as asked; `proof`: challenge and code that came to a new phone."""

    kind: VaultKind
    value: str
    why: str
    proof: tuple[str, str] | None = None


class Line(Law, Protocol):
    """What a change of a way to the account needs besides: whom to ask about a SIM."""

    @property
    def verifying(self) -> Equipment: ...


async def ask_correction(law: Line, caller: Caller, wish: Wanted, key: CommandKey) -> bytes:
    """Ask for a value to be put right; return the request's number and day as JSON.

    A phone or a resident id waits, and the phone that the account has now is told at once.

    Raises:
        BadInput: the value or the reason does not pass.
        Conflict: `already_asked`: one waits for its answer.
        Refused: the law forbids it.
        NotSignedIn: `code_refused`: a new phone is not proven, or was by a call that broke off.
    """
    runtime = law.runtime
    wanted = read_wanted(runtime, wish.kind, wish.value, wish.why)
    if (wish.kind is VaultKind.PHONE) is not (wish.proof is not None):
        raise BadInput("a new phone, and nothing else, comes with its code", code="no_proof")

    async def keep(connection: Connection, signal: str | None) -> bytes:
        check_wish(law, Wish.CORRECT, [], await business_date(connection))
        request = await open_wish(connection, law, caller, caller.subject, Wish.CORRECT)
        await keep_wanted(connection, runtime, request, wanted, signal)
        if signal is not None:
            kept = await read_correction(connection, runtime, request)
            assert kept.ready_at is not None  # of a way to the account
            on = kept.ready_at.astimezone(ZoneInfo(runtime.settings.zone))
            values = {"on": f"{on:%Y-%m-%d %H:%M}"}
            await send(connection, runtime, Notice("way_in_asked", values, party=caller.subject))
        shown = runtime.public.show("privacy_request", request.id)
        return msgspec.json.encode({"request": shown, "answer_by": request.answer_by})

    async def steps() -> bytes:
        if wish.proof is not None:
            await prove_new_phone(runtime, caller, wanted[1], wish.proof)
        async with runtime.database.transaction() as connection:
            plain = await read_vault(
                connection, runtime, caller, caller.subject, (VaultKind.PHONE,)
            )
        phones = [*plain.values(), *([wanted[1]] if wish.proof is not None else [])]
        signal = await swap_signal(law.verifying.network, phones)
        async with runtime.database.transaction() as connection:
            return await keep(connection, signal)

    if wish.kind in WAYS_IN:
        return await once_in_steps(runtime, caller, "ask_correction", key, steps)
    return await once(runtime, caller, "ask_correction", key, lambda one: keep(one, None))


async def take_back_correction(runtime: Runtime, caller: Caller, key: CommandKey) -> bytes:
    """Take back one's own correction that waits; return its state. Raises NotFound."""

    async def effect(connection: Connection) -> bytes:
        await stop_correction(connection, runtime, caller)
        return msgspec.json.encode({"state": "refused", "rules_missed": []})

    return await once(runtime, caller, "take_back_correction", key, effect)


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
        if decided.state == "done":
            done = await read_correction(connection, runtime, decided)
            of, kinds = (decided.party, decided.id), [done.kind.value]
            await tell_recipients(connection, runtime, of, (Told.CORRECTED, kinds))
            await _doubt_again(connection, runtime, decided.party, done)
        missed = rules_missed(runtime, law.pack, "privacy_request", decided.asked_at)
        return msgspec.json.encode({"state": decided.state, "rules_missed": missed})

    answer = await once(runtime, caller, "rule_correction", key, effect)
    await _let_go(runtime, identifier)
    return answer


async def _doubt_again(
    connection: Connection, runtime: Runtime, party: int, done: Correction
) -> None:
    """Believe no verification that was about a value of before; the person shows it anew."""
    if done.kind is VaultKind.ADDRESS:
        return
    await end_standing(connection, runtime, party)
    await note_verified(connection, runtime.cell(party), party, 0, None)
    if done.kind in WAYS_IN:
        await send(connection, runtime, Notice("way_in_changed", {}, party=party))
    if done.kind is VaultKind.PHONE and done.before is not None:
        await send(connection, runtime, Notice("way_in_changed", {}, phone=done.before))
        await keep_for_party(connection, runtime, done.before, party)


async def _let_go(runtime: Runtime, identifier: int) -> None:
    """Give back the claim of a phone or an id that was replaced; asked again it is done already.

    Until then it opens nothing: who signs in is held against what the account has now.
    """
    async with runtime.database.reading() as connection:
        operator = platform(runtime, identifier)
        request = await find_request(connection, runtime, operator, identifier)
        if request.state != "done":
            return
        wish = await read_correction(connection, runtime, request)
    if wish.kind in WAYS_IN and wish.before is not None and wish.before != wish.wanted:
        await release(runtime, request.party, wish.kind, wish.before)


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
