"""Documents a person uploads: sealed, committed to in the log, each look logged, ended in time."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from tongtu.evidence.api import Entry, append, commitment
from tongtu.identity.content import whole_file
from tongtu.identity.model import Caller, Role
from tongtu.identity.store import document as store
from tongtu.identity.store.document import Document
from tongtu.kernel.errors import Conflict, NotFound
from tongtu.kernel.ids import id_shard
from tongtu.runtime.api import Connection, Keys, Runtime, SealedColumn

SALT_BYTES = 16
# Two tries for each of the four documents that one request may name.
DOCUMENTS_MAX = 8
# Asking anew begins anew; four times is more than any case needs, and 128 MB.
DOCUMENTS_OF_CASE_MAX = 32
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
class SealedUpload:
    """A file that is what it says it is, sealed to the row it is to have."""

    id: int
    application: int
    kind: str
    media_type: str
    size_bytes: int
    salt: bytes
    commitment: bytes
    sealed: bytes


# Files are read and sealed one at a time: reading holds the interpreter for milliseconds, which
# everybody else waits for. In a thread of its own it keeps nobody else's work from a thread.
_READER = ThreadPoolExecutor(1, "documents")


async def seal_upload(runtime: Runtime, caller: Caller, upload: Upload) -> SealedUpload:
    """Return an upload that is a whole file of its kind, sealed; before any lock is held.

    Raises BadInput and TooLarge, as `whole_file`.
    """
    identifier = runtime.ids.new(id_shard(caller.subject))
    salt = runtime.entropy.bytes(SALT_BYTES)
    loop = asyncio.get_running_loop()
    work = partial(_seal, runtime.keys, upload, identifier, salt)
    return await loop.run_in_executor(_READER, work)


async def keep_document(
    connection: Connection,
    runtime: Runtime,
    caller: Caller,
    upload: SealedUpload,
    days: tuple[datetime, date],
) -> Document:
    """Keep the caller's document and append its commitment to the log.

    `days`: when the documents were asked for, and the last day it is kept. The caller holds the
    case's lock.

    Raises:
        Conflict: `too_many_documents`.
    """
    cell, at = caller.cell, runtime.clock.now()
    asked_at, kept_until = days
    check_room(await store.of_application(connection, cell, upload.application), asked_at)
    kept = Document(
        id=upload.id,
        party=caller.subject,
        application=upload.application,
        kind=upload.kind,
        media_type=upload.media_type,
        size_bytes=upload.size_bytes,
        commitment=upload.commitment,
        uploaded_at=at,
        kept_until=kept_until,
        is_erased=False,
    )
    await store.insert(connection, cell, kept, (upload.salt, upload.sealed))
    batch = runtime.ids.new(id_shard(caller.subject))
    await append(connection, cell, batch, [Entry(_KIND, upload.id, upload.commitment)], at)
    return kept


def check_room(there: Sequence[Document], asked_at: datetime) -> None:
    """See that a case may have another document.

    Raises:
        Conflict: `too_many_documents`: since they were asked for, or of this case in all.
    """
    of_request = [one for one in there if one.uploaded_at >= asked_at]
    if len(of_request) >= DOCUMENTS_MAX or len(there) >= DOCUMENTS_OF_CASE_MAX:
        most = f"{DOCUMENTS_MAX} each time they are asked for, {DOCUMENTS_OF_CASE_MAX} in all"
        raise Conflict(f"a case has at most so many documents: {most}", code="too_many_documents")


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


def _seal(keys: Keys, upload: Upload, identifier: int, salt: bytes) -> SealedUpload:
    content = whole_file(upload.content, upload.declared_type)
    told = {
        "application": upload.application,
        "document": identifier,
        "kind": upload.kind,
        "media_type": upload.declared_type,
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    plain = json.dumps(told, sort_keys=True, separators=(",", ":")).encode()
    return SealedUpload(
        id=identifier,
        application=upload.application,
        kind=upload.kind,
        media_type=upload.declared_type,
        size_bytes=len(content),
        salt=salt,
        commitment=commitment(salt, plain),
        sealed=keys.seal(content, _bound_to(identifier)),
    )


def _bound_to(document: int) -> bytes:
    return f"document:{document}".encode()


SEALED_DOCUMENTS = SealedColumn(
    "identity.document", ("cell", "id"), "sealed", lambda row: _bound_to(row["id"])
)
