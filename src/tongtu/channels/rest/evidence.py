"""GET /v1/evidence/checkpoint, /leaves/{place}, /proofs/{kind}/{id}: verify without trusting us."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import get
from litestar.params import FromPath, PathParameter

from tongtu.channels.rest.auth import PUBLIC, allow
from tongtu.channels.rest.given import GivenCaller, GivenParts
from tongtu.channels.rest.ids import read_id
from tongtu.channels.rest.parts import Parts
from tongtu.contracts.api import find_agreement, find_disclosure
from tongtu.evidence.api import (
    NamedLeaf,
    Pending,
    Sm2Key,
    anchor_stand,
    latest,
    latest_final,
    log_signer,
    log_sm2,
    named_leaves,
    proof,
    to_bundle,
    witness_stands,
)
from tongtu.identity.api import Caller, Role, is_own_consent
from tongtu.kernel.errors import NotFound
from tongtu.origination.api import list_applications
from tongtu.payments.api import find_payment
from tongtu.runtime.api import Connection
from tongtu.servicing.api import find_row

# Which public id names the subject of a kind of leaf.
_ID_KINDS = {
    "decision": "decision",
    "agreement": "agreement",
    "disclosure": "offer",
    "movement": "payment",
    "loan_event": "loan",
    "consent": "consent",
}
_APPLICATIONS_MAX = 100
# As many leaves as a tile has.
PAGE = 256
Place = Annotated[int, PathParameter(ge=0, le=2**40, description="256 leaves a page, from 0")]


class LeafShown(msgspec.Struct, frozen=True):
    """An entry of the log: its salted commitment and what it is about, never what it says."""

    position: int
    kind: str
    subject: str | None
    commitment: str


class LeavesShown(msgspec.Struct, frozen=True):
    """A page of leaves, in order."""

    items: list[LeafShown]


class WitnessShown(msgspec.Struct, frozen=True):
    """A witness of the log, and how it stood when it was last asked."""

    key: str
    state: str
    size: int
    at: datetime
    reason: str


class FinalShown(msgspec.Struct, frozen=True):
    """The newest checkpoint that enough witnesses co-signed; `note` carries their lines."""

    size: int
    root: str
    at: datetime
    note: str
    witnesses: tuple[str, ...]


class AnchorShown(msgspec.Struct, frozen=True):
    """Where checkpoints are anchored, and how it stood when it was last asked."""

    place: str
    state: str
    size: int
    at: datetime
    reason: str


class CheckpointShown(msgspec.Struct, frozen=True):
    """The newest signed state of the log, the newest final one, who co-signs, the anchor."""

    size: int
    root: str | None
    at: datetime | None
    note: str | None
    log_key: str
    quorum: int
    final: FinalShown | None
    witnesses: list[WitnessShown]
    anchor: AnchorShown | None
    sm2_key: str | None


@get("/v1/evidence/checkpoint", opt=PUBLIC)
async def find_checkpoint(parts: GivenParts) -> CheckpointShown:
    """Return the newest checkpoint; it says nothing about any person."""
    key, sm2 = log_signer(parts.runtime).key.show(), log_sm2(parts.runtime)
    async with parts.runtime.database.reading() as connection:
        found, final = await latest(connection), await latest_final(connection)
        stands, anchor = await witness_stands(connection), await anchor_stand(connection)
    return CheckpointShown(
        size=found.size if found else 0,
        root=found.root.hex() if found else None,
        at=found.at if found else None,
        note=found.note if found else None,
        log_key=key,
        quorum=parts.runtime.settings.witness_quorum,
        final=FinalShown(final.size, final.root.hex(), final.at, final.note, final.witnesses)
        if final
        else None,
        witnesses=[
            WitnessShown(one.key, one.state.value, one.size, one.at, one.reason) for one in stands
        ],
        anchor=AnchorShown(anchor.place, anchor.state.value, anchor.size, anchor.at, anchor.reason)
        if anchor
        else None,
        sm2_key=Sm2Key(log_signer(parts.runtime).name, sm2.public).show() if sm2 else None,
    )


@get("/v1/evidence/leaves/{place:int}", opt=allow(Role.OPERATOR, Role.REGULATOR))
async def list_leaves(place: Place, parts: GivenParts) -> LeavesShown:
    """Return 256 leaves of the log: all that somebody needs to rebuild and check it elsewhere."""
    async with parts.runtime.database.reading() as connection:
        found = await named_leaves(connection, place * PAGE, (place + 1) * PAGE)
    return LeavesShown(
        [
            LeafShown(one.position, one.kind, _public(parts, one), one.commitment.hex())
            for one in found
        ]
    )


def _public(parts: Parts, leaf: NamedLeaf) -> str | None:
    """Return the public id of what a leaf is about, None for kinds that have none."""
    kind = _ID_KINDS.get(leaf.kind)
    return None if kind is None else parts.runtime.public.show(kind, leaf.subject)


@get("/v1/evidence/proofs/{kind:str}/{subject:str}", opt=allow(*Role))
async def find_proof(
    kind: FromPath[str], subject: FromPath[str], parts: GivenParts, caller: GivenCaller
) -> dict[str, Any]:
    """Return the proof that an entry stands in the log, or that it is still pending.

    The bundle holds hashes only; a borrower gets those of what is theirs.
    """
    if kind not in _ID_KINDS:
        raise NotFound("the log has no such kind of entry")
    identifier = read_id(parts, _ID_KINDS[kind], subject)
    async with parts.runtime.database.reading() as connection:
        if caller.role is Role.BORROWER:
            await _check_own(connection, parts, caller, kind, identifier)
        found = await proof(connection, kind, identifier)
    if isinstance(found, Pending):
        return {"state": "pending"}
    return to_bundle(found, log_signer(parts.runtime).key, subject=subject)


async def _check_own(
    connection: Connection, parts: Parts, caller: Caller, kind: str, identifier: int
) -> None:
    """Ask the context that owns the subject. Raises NotFound when it is not the caller's."""
    runtime, cell = parts.runtime, caller.cell
    match kind:
        case "decision":
            await _check_own_decision(connection, caller, identifier)
        case "agreement":
            await find_agreement(connection, runtime, identifier, caller.subject)
        case "disclosure":
            await find_disclosure(connection, runtime, identifier, caller.subject)
        case "movement":
            await find_payment(connection, cell, caller, identifier)
        case "loan_event":
            await find_row(connection, cell, caller, identifier)
        case _:
            if not await is_own_consent(connection, caller, identifier):
                raise NotFound("there is no such consent")


async def _check_own_decision(connection: Connection, caller: Caller, decision: int) -> None:
    # A person has few applications; beyond the newest of them the desk helps with old proofs.
    for view in await list_applications(connection, caller, None, _APPLICATIONS_MAX):
        if view.decision == decision:
            return
    raise NotFound("there is no such decision")


ROUTES = (find_checkpoint, list_leaves, find_proof)
