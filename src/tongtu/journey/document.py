"""Documents of a case that waits for a person: uploaded by whom it concerns, seen by its clerk.

The case is back in its queue when all are in, and at the latest when their day is over. What was
uploaded is erased at the end of the pack's term.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec

from tongtu.identity.api import (
    Caller,
    CommandKey,
    Document,
    Upload,
    check_room,
    check_untied,
    erase_documents,
    keep_document,
    list_documents,
    once,
    open_document,
    seal_upload,
)
from tongtu.journey.case import step_of
from tongtu.journey.desk import DECIDES, Platform, tell
from tongtu.journey.steps import Step
from tongtu.kernel.errors import Broken, Conflict, NotAllowed, NotFound, TongtuError
from tongtu.origination import api as origination
from tongtu.policy.api import Pack
from tongtu.runtime.api import Connection, Runtime, business_date, get_logger

DOCUMENT_IN, CASE_TAKEN = "origination.document_in", "origination.case_taken"
# How long the pack keeps what an applicant uploads, from the day it came.
KEPT = "applicant_document"
log = get_logger("journey")


@dataclass(frozen=True, slots=True)
class DocumentsAsked:
    """What a case is asked for and what came; no request: nothing was asked for."""

    request: origination.DocumentRequest | None
    documents: tuple[Document, ...]


async def upload_document(
    platform: Platform, caller: Caller, upload: Upload, key: CommandKey
) -> bytes:
    """Keep a document the caller was asked for; return what was kept and what is missing, as JSON.

    Raises:
        NotFound: not the caller's application.
        Conflict: `wrong_step`: it waits for nobody; `not_asked`; `too_many_documents`.
        BadInput, TooLarge: as `seal_upload`; the file is read only when it was asked for.
    """
    runtime = platform.runtime
    refused = await _refusal(runtime, caller, upload)
    sealed = None if refused else await seal_upload(runtime, caller, upload)

    async def effect(connection: Connection) -> bytes:
        if sealed is None:
            raise refused or Broken("a file was not read though it was asked for")
        cell, at = caller.cell, runtime.clock.now()
        await origination.find_application(connection, caller, upload.application)
        await origination.hold_case(connection, cell, upload.application)
        await _check_waits(connection, runtime, upload.application)
        request = await origination.receive_document(
            connection, cell, upload.application, upload.kind, at
        )
        today = await business_date(connection)
        days = request.asked_at, platform.pack.kept_until(KEPT, today)
        kept = await keep_document(connection, runtime, caller, sealed, days)
        told = {
            "application": upload.application,
            "document": kept.id,
            "kind": kept.kind,
            "missing": request.missing,
        }
        await tell(connection, runtime, caller.subject, (DOCUMENT_IN, told))
        return msgspec.json.encode({**_shown(runtime, kept), "missing": request.missing})

    return await once(runtime, caller, "upload_document", key, effect)


async def _refusal(runtime: Runtime, caller: Caller, upload: Upload) -> TongtuError | None:
    """Return why the caller's file is not wanted; the command asks once more, under the lock.

    It is not raised here: a command that was done before is answered as it was.
    """
    try:
        async with runtime.database.reading() as connection:
            await _check_wanted(connection, runtime, caller, upload)
    except (NotFound, Conflict) as error:
        return error
    return None


async def _check_wanted(
    connection: Connection, runtime: Runtime, caller: Caller, upload: Upload
) -> None:
    application = upload.application
    await origination.find_application(connection, caller, application)
    await _check_waits(connection, runtime, application)
    asked = await _asked(connection, runtime, application)
    if asked.request is None or upload.kind not in asked.request.documents:
        raise Conflict("nobody asked for this document", code="not_asked")
    check_room(asked.documents, asked.request.asked_at)


async def list_own_documents(
    platform: Platform, caller: Caller, application: int
) -> DocumentsAsked:
    """Return what the caller's own case is asked for and what came. Raises NotFound."""
    async with platform.runtime.database.reading() as connection:
        await origination.find_application(connection, caller, application)
        return await _asked(connection, platform.runtime, application)


async def list_case_documents(
    platform: Platform, caller: Caller, application: int
) -> DocumentsAsked:
    """Return what a case is asked for and what came, without content.

    Raises:
        NotFound: no such application.
        NotAllowed: `related`.
    """
    runtime = platform.runtime
    async with runtime.database.reading() as connection:
        of = Caller(caller.role, caller.subject, 0, runtime.cell(application))
        view = await origination.find_application(connection, of, application)
        await check_untied(connection, runtime, caller, view.party)
        return await _asked(connection, runtime, application)


async def read_document(
    platform: Platform, caller: Caller, of: tuple[int, int]
) -> tuple[Document, bytes]:
    """Return a document (case, document) to the case's clerk; the look is committed first.

    Raises:
        NotAllowed: `not_your_case`: somebody else is its clerk; `related`.
        NotFound: no such document of this case, or it was erased.
    """
    runtime, application = platform.runtime, of[0]
    async with runtime.database.transaction() as connection:
        cell = runtime.cell(application)
        request = await origination.find_request(connection, cell, application)
        if request is None or request.staff != caller.subject or caller.role not in DECIDES:
            raise NotAllowed("only the case's clerk sees its documents", code="not_your_case")
        found = await open_document(connection, runtime, caller, of)
        await check_untied(connection, runtime, caller, found[0].party)
    return found


async def take_case(platform: Platform, caller: Caller, application: int, key: CommandKey) -> bytes:
    """Become the clerk of a case whose documents are asked for; return {"documents", "missing"}.

    Raises:
        NotAllowed: another role; `related`.
        NotFound: no such application.
        Conflict: `wrong_step`: it waits for nobody; `not_asked`.
    """
    runtime = platform.runtime
    if caller.role not in DECIDES:
        raise NotAllowed("your role may not do this")

    async def effect(connection: Connection) -> bytes:
        cell = runtime.cell(application)
        of = Caller(caller.role, caller.subject, 0, cell)
        view = await origination.find_application(connection, of, application)
        await check_untied(connection, runtime, caller, view.party)
        await origination.hold_case(connection, cell, application)
        await _check_waits(connection, runtime, application)
        request = await origination.take_case(connection, cell, application, caller.subject)
        told = {"application": application, "staff": caller.subject}
        await tell(connection, runtime, view.party, (CASE_TAKEN, told))
        return msgspec.json.encode({"documents": request.documents, "missing": request.missing})

    return await once(runtime, caller, "take_case", key, effect)


async def end_documents(runtime: Runtime, pack: Pack, cell: int, day: date) -> int:
    """Erase what need not be kept after `day`. Safe to repeat; returns how many ended."""
    ended = await erase_documents(runtime, cell, day)
    if ended:
        log.info("documents_erased", cell=cell, day=day.isoformat(), documents=ended, pack=pack.id)
    return ended


async def _asked(connection: Connection, runtime: Runtime, application: int) -> DocumentsAsked:
    cell = runtime.cell(application)
    request = await origination.find_request(connection, cell, application)
    return DocumentsAsked(request, tuple(await list_documents(connection, runtime, application)))


async def _check_waits(connection: Connection, runtime: Runtime, application: int) -> None:
    if await step_of(connection, runtime, application) is not Step.REVIEW:
        raise Conflict("this case does not wait for a person", code="wrong_step")


def _shown(runtime: Runtime, kept: Document) -> dict[str, Any]:
    return {
        "document": runtime.public.show("document", kept.id),
        "kind": kept.kind,
        "media_type": kept.media_type,
        "size_bytes": kept.size_bytes,
        "uploaded_at": kept.uploaded_at,
        "kept_until": kept.kept_until,
        "is_erased": kept.is_erased,
    }
