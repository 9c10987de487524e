"""Documents a person uploads: sealed, committed to in the log, each look logged, ended in time."""

from __future__ import annotations

import asyncio
import hashlib
import json
from dataclasses import dataclass
from datetime import date

from tongtu.evidence.api import Entry, append, commitment
from tongtu.identity.content import sniff
from tongtu.identity.model import Caller, Role
from tongtu.identity.store import document as store
from tongtu.identity.store.document import Document
from tongtu.kernel.errors import Conflict, NotFound
from tongtu.kernel.ids import id_shard
from tongtu.runtime.api import Connection, Runtime

SALT_BYTES = 16
# Two tries for each of the four documents that one request may name.
DOCUMENTS_MAX = 8
# A row may hold 4 MB: so many in one commit, so many commits a day.
_ERASED_AT_ONCE = 200
_ERASING_ROUNDS_MAX = 5_000
_KIND = "document"
_READERS = frozenset({Role.CLERK, Role.OPERATOR})


@dataclass(frozen=True, slots=True)
class Upload:
    """A file for a case, as it came: which document it is, what it says it is, its bytes."""

    application: int
    kind: str
    declared_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Checked:
    """A file that is what it says it is, with its SHA-256."""

    application: int
    kind: str
    media_type: str
    content: bytes
    sha256: str


async def check_upload(upload: Upload) -> Checked:
    """Return an upload that is a whole file of its kind; in a thread, it may be long.

    Raises BadInput and TooLarge, as `sniff`.
    """
    return await asyncio.to_thread(_check, upload)


async def keep_document(
    connection: Connection, runtime: Runtime, caller: Caller, upload: Checked, kept_until: date
) -> Document:
    """Keep the caller's document, sealed, and append its commitment to the log.

    Raises:
        Conflict: `too_many_documents`; the caller holds the case's lock.
    """
    cell, at = caller.cell, runtime.clock.now()
    there = await store.of_application(connection, cell, upload.application)
    if len(there) >= DOCUMENTS_MAX:
        raise Conflict(f"a case has at most {DOCUMENTS_MAX} documents", code="too_many_documents")
    identifier = runtime.ids.new(id_shard(caller.subject))
    salt = runtime.entropy.bytes(SALT_BYTES)
    leaf = commitment(salt, _canonical(upload, identifier))
    kept = Document(
        id=identifier,
        party=caller.subject,
        application=upload.application,
        kind=upload.kind,
        media_type=upload.media_type,
        size_bytes=len(upload.content),
        commitment=leaf,
        uploaded_at=at,
        kept_until=kept_until,
        is_erased=False,
    )
    bound_to = _bound_to(identifier)
    sealed = await asyncio.to_thread(runtime.keys.seal, upload.content, bound_to)
    await store.insert(connection, cell, kept, (salt, sealed))
    batch = runtime.ids.new(id_shard(caller.subject))
    await append(connection, cell, batch, [Entry(_KIND, identifier, leaf)], at)
    return kept


async def list_documents(
    connection: Connection, runtime: Runtime, application: int
) -> list[Document]:
    """Return what was uploaded for a case, oldest first, without any content."""
    return await store.of_application(connection, runtime.cell(application), application)


async def open_document(
    connection: Connection, runtime: Runtime, caller: Caller, of: tuple[int, int]
) -> tuple[Document, bytes]:
    """Return a document (case, document) in plain, and log the look in the caller's commit.

    That the caller is the case's clerk is the callers' to check. Write it down nowhere else.

    Raises:
        NotFound: not staff, no such document of this case, or it was erased.
    """
    application, document = of
    cell = runtime.cell(application)
    found = None
    if caller.role in _READERS:
        found = await store.find(connection, cell, application, document)
    if found is None:
        raise NotFound("there is no such document")
    kept, sealed = found
    look = store.Look(
        id=runtime.ids.new(id_shard(kept.party)),
        document=document,
        party=kept.party,
        role=caller.role.value,
        reader=caller.subject,
        at=runtime.clock.now(),
    )
    await store.log_look(connection, cell, look)
    return kept, await asyncio.to_thread(runtime.keys.open, sealed, _bound_to(document))


async def erase_documents(runtime: Runtime, cell: int, day: date) -> int:
    """Erase what need not be kept longer than `day`, some at a time, each its own commit.

    Safe to repeat. Returns how many documents ended.
    """
    erased = 0
    for _ in range(_ERASING_ROUNDS_MAX):
        async with runtime.database.transaction() as connection:
            count = await store.erase(connection, cell, day, runtime.clock.now(), _ERASED_AT_ONCE)
        erased += count
        if count < _ERASED_AT_ONCE:
            break
    return erased


def _check(upload: Upload) -> Checked:
    media_type = sniff(upload.content, upload.declared_type)
    digest = hashlib.sha256(upload.content).hexdigest()
    return Checked(upload.application, upload.kind, media_type, upload.content, digest)


def _canonical(upload: Checked, identifier: int) -> bytes:
    told = {
        "application": upload.application,
        "document": identifier,
        "kind": upload.kind,
        "media_type": upload.media_type,
        "sha256": upload.sha256,
    }
    return json.dumps(told, sort_keys=True, separators=(",", ":")).encode()


def _bound_to(document: int) -> bytes:
    return f"document:{document}".encode()
