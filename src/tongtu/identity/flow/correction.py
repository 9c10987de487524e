"""Putting right what names a person: asked for with a reason, decided by staff, all kept."""

from __future__ import annotations

import json
from dataclasses import dataclass

from tongtu.identity.flow.vault import seal_values, vault_value
from tongtu.identity.model import Caller, Role, VaultKind
from tongtu.identity.rules import parse_address, parse_name
from tongtu.identity.store import privacy as store
from tongtu.identity.store import vault
from tongtu.identity.store.privacy import PrivacyRequest, Wish
from tongtu.kernel.errors import BadInput, Conflict, NotAllowed, NotFound
from tongtu.runtime.api import Connection, Runtime, SealedColumn

WHY_MIN, WHY_MAX = 3, 500
CORRECTED = (VaultKind.NAME, VaultKind.ADDRESS)
_DECIDES = frozenset({Role.CLERK, Role.OPERATOR})


@dataclass(frozen=True, slots=True)
class Correction:
    """What is to be put right, in plain: for the person and for who decides, nobody else."""

    kind: VaultKind
    wanted: str
    before: str | None
    why: str


def read_wanted(kind: VaultKind, text: str, why: str) -> tuple[VaultKind, str, str]:
    """Return a checked wish. Raises BadInput."""
    if kind not in CORRECTED:
        raise BadInput(
            "a name and an address are put right here; a phone or an id in a branch",
            code="not_corrected_here",
        )
    if not WHY_MIN <= len(why.strip()) <= len(why) <= WHY_MAX:
        raise BadInput(
            f"a reason of {WHY_MIN} to {WHY_MAX} characters is wanted", fields={"why": "length"}
        )
    return kind, parse_name(text) if kind is VaultKind.NAME else parse_address(text), why


async def keep_wanted(
    connection: Connection,
    runtime: Runtime,
    request: PrivacyRequest,
    wanted: tuple[VaultKind, str, str],
) -> None:
    """Keep what a new request wants, sealed; a request that has it already is left as it is."""
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
    return Correction(VaultKind(row.kind), wanted["value"], before or None, wanted["why"])


async def decide_correction(
    connection: Connection,
    runtime: Runtime,
    caller: Caller,
    identifier: int,
    said: tuple[bool, str],
) -> PrivacyRequest:
    """Put right what was asked for, or refuse it with a reason; both are kept with who decided.

    Raises:
        NotFound: there is no such request.
        NotAllowed: another role.
        BadInput: a refusal without a reason.
        Conflict: `already_decided`.
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
    if is_right:
        await _put_right(connection, runtime, request)
    end = ("done" if is_right else "refused", caller.subject, reason)
    await store.end_request(connection, cell, identifier, end, at)
    found = await store.find_request(connection, cell, identifier)
    assert found is not None  # it is locked by us
    return found


async def _put_right(connection: Connection, runtime: Runtime, request: PrivacyRequest) -> None:
    party, cell = request.party, runtime.cell(request.party)
    wish = await read_correction(connection, runtime, request)
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
