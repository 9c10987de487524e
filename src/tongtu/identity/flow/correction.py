"""Putting right what names a person: asked for with a reason, decided by staff, all kept."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from tongtu.identity.flow.tie import check_untied
from tongtu.identity.flow.vault import seal_values, vault_value
from tongtu.identity.flow.way_in import WAYS_IN, after_change, claimed, parse_own_id, wait_of
from tongtu.identity.model import Caller, Role, VaultKind
from tongtu.identity.rules import parse_address, parse_name, parse_phone
from tongtu.identity.store import privacy as store
from tongtu.identity.store import vault
from tongtu.identity.store.privacy import PrivacyRequest, Wish
from tongtu.kernel.errors import BadInput, Conflict, NotAllowed, NotFound
from tongtu.runtime.api import Connection, Runtime, SealedColumn

WHY_MIN, WHY_MAX = 3, 500
CORRECTED = (VaultKind.NAME, VaultKind.ADDRESS, *WAYS_IN)
_DECIDES = frozenset({Role.CLERK, Role.OPERATOR})


@dataclass(frozen=True, slots=True)
class Correction:
    """What is to be put right, in plain: for the person and for who decides, nobody else."""

    kind: VaultKind
    wanted: str
    before: str | None
    why: str
    ready_at: datetime | None = None  # of a way to the account
    signal: str | None = None
    has_first_word: bool = False


def read_wanted(
    runtime: Runtime, kind: VaultKind, text: str, why: str
) -> tuple[VaultKind, str, str]:
    """Return a checked wish. Raises BadInput."""
    if kind not in CORRECTED:
        raise BadInput("this is not put right here", code="not_corrected_here")
    if not WHY_MIN <= len(why.strip()) <= len(why) <= WHY_MAX:
        raise BadInput(
            f"a reason of {WHY_MIN} to {WHY_MAX} characters is wanted", fields={"why": "length"}
        )
    match kind:
        case VaultKind.NAME:
            return kind, parse_name(text), why
        case VaultKind.PHONE:
            return kind, parse_phone(text), why
        case VaultKind.RESIDENT_ID:
            return kind, parse_own_id(runtime, text), why
    return kind, parse_address(text), why


async def keep_wanted(
    connection: Connection,
    runtime: Runtime,
    request: PrivacyRequest,
    wanted: tuple[VaultKind, str, str],
    signal: str | None = None,
) -> None:
    """Keep what a new request wants, sealed; a request that has it already is left as it is.

    `signal`: what an operator told of the SIMs, where a way to the account is to change.
    """
    kind, text, why = wanted
    cell = runtime.cell(request.party)
    if await store.find_correction(connection, cell, request.id) is not None:
        raise Conflict("a correction waits for its answer already", code="already_asked")
    sealed = json.dumps({"value": text, "why": why}).encode()
    row = store.CorrectionRow(
        request=request.id,
        party=request.party,
        kind=kind.value,
        wanted=runtime.keys.seal(sealed, _bound_to(request.id, "wanted")),
        before=None,
        ready_at=runtime.clock.now() + wait_of(signal) if signal is not None else None,
        signal=signal,
    )
    await store.write_correction(connection, cell, row)


async def read_correction(
    connection: Connection, runtime: Runtime, request: PrivacyRequest
) -> Correction:
    """Return what a request wants put right. Raises NotFound."""
    cell = runtime.cell(request.party)
    row = await store.find_correction(connection, cell, request.id)
    if row is None:
        raise NotFound("there is no such request")
    before = row.before and runtime.keys.open(row.before, _bound_to(request.id, "before")).decode()
    wanted = json.loads(runtime.keys.open(row.wanted, _bound_to(request.id, "wanted")))
    return Correction(
        VaultKind(row.kind), wanted["value"], before or None, wanted["why"], row.ready_at,
        row.signal, row.first_by is not None,
    )  # fmt: skip


async def decide_correction(
    connection: Connection,
    runtime: Runtime,
    caller: Caller,
    identifier: int,
    said: tuple[bool, str],
) -> PrivacyRequest:
    """Put right what was asked for, or refuse it with a reason; both are kept with who decided.

    A way to the account takes a second person's word: after the first the request is as open as
    before.

    Raises:
        NotFound: there is no such request.
        NotAllowed: another role; `related`; `own_work`: the second word by the same person.
        BadInput: a refusal without a reason.
        Conflict: `already_decided`; `waiting_time`; `identity_taken`.
    """
    is_right, reason = said
    cell, at = runtime.cell(identifier), runtime.clock.now()
    if caller.role not in _DECIDES:
        raise NotAllowed("your role may not do this")
    if not WHY_MIN <= len(reason.strip()) <= len(reason) <= WHY_MAX:
        raise BadInput(
            f"a reason of {WHY_MIN} to {WHY_MAX} characters is wanted", fields={"reason": "length"}
        )
    request = await store.find_request(connection, cell, identifier, is_locked=True)
    if request is None or request.kind is not Wish.CORRECT:
        raise NotFound("there is no such request")
    if request.ended_at is not None:
        raise Conflict("this request is decided", code="already_decided")
    await check_untied(connection, runtime, caller, request.party)
    if is_right and not await _is_allowed(connection, runtime, caller, request):
        return request
    if is_right:
        await _put_right(connection, runtime, request)
    end = ("done" if is_right else "refused", caller.subject, reason)
    await store.end_request(connection, cell, identifier, end, at)
    found = await store.find_request(connection, cell, identifier)
    assert found is not None  # it is locked by us
    return found


async def stop_correction(connection: Connection, runtime: Runtime, caller: Caller) -> None:
    """Take back the caller's own open correction. Raises NotFound: there is none."""
    cell, at = caller.cell, runtime.clock.now()
    found = await store.find_open(connection, cell, caller.subject, Wish.CORRECT)
    end = ("refused", None, "taken back by the person")
    if found is None or not await store.end_request(connection, cell, found.id, end, at):
        raise NotFound("there is no such request")


async def _is_allowed(
    connection: Connection, runtime: Runtime, caller: Caller, request: PrivacyRequest
) -> bool:
    """Give the caller's word; whether it is the last that was wanting."""
    cell, at = runtime.cell(request.party), runtime.clock.now()
    row = await store.find_correction(connection, cell, request.id)
    if row is None or row.ready_at is None:
        return True
    if at < row.ready_at:
        raise Conflict("its owner may still object", code="waiting_time")
    is_second = await store.give_word(connection, cell, request.id, caller.subject, at)
    if is_second is None:
        raise NotAllowed("another person gives the second word", code="own_work")
    return is_second


async def _put_right(connection: Connection, runtime: Runtime, request: PrivacyRequest) -> None:
    party = request.party
    wish = await read_correction(connection, runtime, request)
    if wish.kind in WAYS_IN:
        async with claimed(runtime, party, wish.kind, wish.wanted):
            await _replace(connection, runtime, request, wish)
            await after_change(connection, runtime, party, wish.kind, wish.wanted)
    else:
        await _replace(connection, runtime, request, wish)


async def _replace(
    connection: Connection, runtime: Runtime, request: PrivacyRequest, wish: Correction
) -> None:
    party, cell = request.party, runtime.cell(request.party)
    before = await vault_value(connection, runtime, party, wish.kind)
    sealed = before and runtime.keys.seal(before.encode(), _bound_to(request.id, "before"))
    await store.note_before(connection, cell, request.id, sealed or None)
    values = seal_values(runtime, party, {wish.kind: wish.wanted})
    await vault.write_values(connection, cell, party, values, runtime.clock.now())


def _bound_to(request: int, which: str) -> bytes:
    return f"correction:{request}:{which}".encode()


_KEY = ("cell", "request")
SEALED_WANTED = SealedColumn(
    "identity.correction", _KEY, "wanted", lambda row: _bound_to(row["request"], "wanted")
)
SEALED_BEFORE = SealedColumn(
    "identity.correction", _KEY, "before", lambda row: _bound_to(row["request"], "before")
)
