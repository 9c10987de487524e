"""GET /v1/evidence/checkpoint and /v1/evidence/proofs/{kind}/{id}: verify without trusting us."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from litestar import get

from tongtu.channels.rest.auth import PUBLIC, allow
from tongtu.channels.rest.ids import read_id
from tongtu.channels.rest.parts import Parts
from tongtu.evidence.api import Pending, latest, log_signer, proof, to_bundle
from tongtu.identity.api import Caller, Role
from tongtu.kernel.errors import NotFound

# Which public id names the subject of a kind of leaf. A day's end is named by its date.
_ID_KINDS = {
    "decision": "decision",
    "agreement": "agreement",
    "disclosure": "offer",
    "movement": "payment",
    "loan_event": "loan",
    "consent": "consent",
}


class CheckpointShown(msgspec.Struct, frozen=True):
    """The newest signed state of the log; `note` is what a witness keeps."""

    size: int
    root: str | None
    at: datetime | None
    note: str | None
    log_key: str


@get("/v1/evidence/checkpoint", opt=PUBLIC)
async def find_checkpoint(parts: Parts) -> CheckpointShown:
    """Return the newest checkpoint; it says nothing about any person."""
    key = log_signer(parts.runtime).key.show()
    async with parts.runtime.database.reading() as connection:
        found = await latest(connection)
    if found is None:
        return CheckpointShown(0, None, None, None, key)
    return CheckpointShown(found.size, found.root.hex(), found.at, found.note, key)


@get("/v1/evidence/proofs/{kind:str}/{subject:str}", opt=allow(*Role))
async def find_proof(kind: str, subject: str, parts: Parts, caller: Caller) -> dict[str, Any]:
    """Return the proof that an entry stands in the log, or that it is still pending.

    The bundle holds hashes only. A borrower gets proofs of what is theirs.
    """
    identifier = _subject(parts, kind, subject)
    if caller.role is Role.BORROWER and not _is_in_shard_of(identifier, caller.subject):
        raise NotFound("the log has no such entry")
    async with parts.runtime.database.reading() as connection:
        found = await proof(connection, kind, identifier)
    if isinstance(found, Pending):
        return {"state": "pending"}
    key = log_signer(parts.runtime).key
    return {"state": "proved", **to_bundle(found, key, subject=subject)}
