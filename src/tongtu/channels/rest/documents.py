"""Documents a person wants to see: the applicant uploads them, the case's clerk reads them.

A file's own name is never taken: nothing of it reaches a disk, a header or a page. What is read
comes as a download under the document's id, whatever is in it.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, TypeAlias

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath

from tongtu.channels.rest.auth import FILES, SENDERS, allow, allow_write
from tongtu.channels.rest.command import stored
from tongtu.channels.rest.given import GivenCaller, GivenCommand, GivenParts
from tongtu.channels.rest.headers import header
from tongtu.channels.rest.ids import read_id
from tongtu.channels.rest.parts import Parts
from tongtu.identity.api import DOCUMENT_BYTES_MAX, ENDINGS, MEDIA_TYPES, Document, Role, Upload
from tongtu.journey.api import (
    DocumentsAsked,
    list_case_documents,
    list_own_documents,
    read_document,
    take_case,
    upload_document,
)

GivenUpload: TypeAlias = NamedDependency[Upload]
_OWN = "/v1/applications/{application:str}/documents"
_CASE = "/v1/reviews/{application:str}"
_STAFF = (Role.CLERK, Role.OPERATOR)


class DocumentShown(msgspec.Struct, frozen=True, kw_only=True):
    """A document that came; once erased its content is gone for good."""

    document: str
    kind: str
    media_type: str
    size_bytes: int
    uploaded_at: dt.datetime
    kept_until: dt.date
    is_erased: bool


class DocumentKept(DocumentShown, frozen=True, kw_only=True):
    """A document as it was kept, and which of those asked for are still missing."""

    missing: list[str]


class WantedShown(msgspec.Struct, frozen=True):
    """A document that is asked for, in words."""

    kind: str
    text_zh: str
    text_en: str
    is_in: bool


class DocumentsShown(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for, by which day, and what came; bytes_max bounds one file."""

    wanted: list[WantedShown]
    answer_by: dt.date | None
    is_complete: bool
    items: list[DocumentShown]
    media_types: list[str]
    bytes_max: int


class CaseTaken(msgspec.Struct, frozen=True):
    """What the case one is now the clerk of is asked for."""

    documents: list[str]
    missing: list[str]


async def provide_upload(
    application: FromPath[str],
    kind: FromPath[str],
    request: Request[Any, Any, Any],
    parts: GivenParts,
) -> Upload:
    """Give the route what came: its address says of what, its content-type as what."""
    identifier = read_id(parts, "application", application)
    declared = (header(request.scope["headers"], b"content-type") or b"").decode("latin-1")
    return Upload(identifier, kind, declared, await request.body())


@post(
    f"{_OWN}/{{kind:str}}",
    status_code=201,
    opt=allow_write(*SENDERS) | {FILES: MEDIA_TYPES},
    dependencies={"given": Provide(provide_upload)},
)
async def upload(
    given: GivenUpload, parts: GivenParts, caller: GivenCaller, command: GivenCommand
) -> DocumentKept:
    """Upload a document one was asked for: the bytes of a whole PDF, JPEG or PNG are the body.

    Wanted are the file's own media type as content-type and at most 4 MB. Sealed before it is
    written; only the clerk of the case reads it, and each look is logged.
    """
    return stored(await upload_document(parts, caller, given, command), DocumentKept)


@get(_OWN, opt=allow(Role.BORROWER))
async def list_own(
    application: FromPath[str], parts: GivenParts, caller: GivenCaller
) -> DocumentsShown:
    """Return what one's own case is asked for and what came."""
    identifier = read_id(parts, "application", application)
    return _shown(parts, await list_own_documents(parts, caller, identifier))


@get(f"{_CASE}/documents", opt=allow(*_STAFF))
async def list_of_case(
    application: FromPath[str], parts: GivenParts, caller: GivenCaller
) -> DocumentsShown:
    """Return what a case is asked for and what came, without content."""
    identifier = read_id(parts, "application", application)
    return _shown(parts, await list_case_documents(parts, caller, identifier))


@get(f"{_CASE}/documents/{{document:str}}", opt=allow(*_STAFF))
async def read_one(
    application: FromPath[str], document: FromPath[str], parts: GivenParts, caller: GivenCaller
) -> Response[bytes]:
    """Return a document to the case's clerk, as a download; the look is logged."""
    of = read_id(parts, "application", application), read_id(parts, "document", document)
    found, content = await read_document(parts, caller, of)
    headers = {
        "content-disposition": f'attachment; filename="{document}.{ENDINGS[found.media_type]}"',
        "cache-control": "no-store",
        "content-security-policy": "sandbox",
    }
    return Response(content, media_type=found.media_type, headers=headers)


@post(f"{_CASE}/clerk", status_code=200, opt=allow_write(*_STAFF))
async def take(
    application: FromPath[str], parts: GivenParts, caller: GivenCaller, command: GivenCommand
) -> CaseTaken:
    """Become the clerk of a case whose documents are asked for, in a colleague's place."""
    identifier = read_id(parts, "application", application)
    return stored(await take_case(parts, caller, identifier, command), CaseTaken)


def _shown(parts: Parts, asked: DocumentsAsked) -> DocumentsShown:
    request, words = asked.request, parts.desk.documents
    wanted, received = (request.documents, request.received) if request else ((), ())
    return DocumentsShown(
        wanted=[
            WantedShown(one, words[one].zh, words[one].en, one in received)
            for one in wanted
            if one in words
        ],
        answer_by=request.answer_by if request else None,
        is_complete=request is not None and request.complete_at is not None,
        items=[_line(parts, one) for one in asked.documents],
        media_types=list(MEDIA_TYPES),
        bytes_max=DOCUMENT_BYTES_MAX,
    )


def _line(parts: Parts, kept: Document) -> DocumentShown:
    return DocumentShown(
        document=parts.runtime.public.show("document", kept.id),
        kind=kept.kind,
        media_type=kept.media_type,
        size_bytes=kept.size_bytes,
        uploaded_at=kept.uploaded_at,
        kept_until=kept.kept_until,
        is_erased=kept.is_erased,
    )


ROUTES = (upload, list_own, list_of_case, read_one, take)
