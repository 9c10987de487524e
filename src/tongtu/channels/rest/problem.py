"""Refusals and faults as application/problem+json (RFC 9457): stable code, no inner detail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import msgspec
from litestar.exceptions import HTTPException, ValidationException
from litestar.types import Send

from tongtu.kernel.errors import Broken, TongtuError
from tongtu.runtime.api import get_logger

MEDIA_TYPE = b"application/problem+json"
# What the router itself refuses; everything else is named in kernel/errors.py.
_ROUTER_CODES = {
    400: (422, "bad_input", "the request cannot be understood"),
    404: (404, "not_found", "there is nothing at this address"),
    405: (405, "method_not_allowed", "this address does not know this method"),
    406: (406, "not_acceptable", "this answer has another form"),
    408: (408, "too_slow", "the request took too long to arrive"),
    413: (413, "too_large", "the request is beyond its bound"),
    415: (415, "unsupported_media_type", "send application/json"),
    431: (431, "headers_too_large", "the headers are beyond their bound"),
}
# Who tries what they may not, or too fast, leaves a line: whoever looks for an attack begins there.
_NOTED = frozenset({401, 403, 429})
_BROKEN = "something on our side failed; the request id helps us find it"


@dataclass(frozen=True, slots=True)
class Problem:
    """What went wrong, as the caller is told."""

    status: int
    code: str
    detail: str
    fields: Mapping[str, str] = field(default_factory=dict)
    retry_after_s: int | None = None

    def headers(self) -> list[tuple[bytes, bytes]]:
        """Return the headers that belong to the problem."""
        found = [(b"content-type", MEDIA_TYPE), (b"cache-control", b"no-store")]
        if self.status == HTTPStatus.UNAUTHORIZED:
            found.append((b"www-authenticate", b"Bearer"))
        if self.retry_after_s is not None:
            found.append((b"retry-after", str(self.retry_after_s).encode()))
        return found

    def body(self, request_id: str) -> bytes:
        """Return the JSON of the problem."""
        content: dict[str, Any] = {
            "type": f"urn:tongtu:problem:{self.code}",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "code": self.code,
            "detail": self.detail,
            "request_id": request_id,
        }
        if self.fields:
            content["fields"] = dict(self.fields)
        if self.retry_after_s is not None:
            content["retry_after_s"] = self.retry_after_s
        return msgspec.json.encode(content)


def of_error(error: TongtuError) -> Problem:
    """Return the problem for a fault the platform names; a broken assertion keeps its secret."""
    if error.status == HTTPStatus.INTERNAL_SERVER_ERROR:
        return Problem(error.status, Broken.default_code, _BROKEN)
    retry_after_s = error.retry_after_s
    if retry_after_s is None and error.status == HTTPStatus.SERVICE_UNAVAILABLE:
        retry_after_s = 1
    return Problem(error.status, error.code, error.detail, error.fields, retry_after_s)


def of_exception(error: Exception) -> Problem:
    """Return the problem for anything that may come out of a route."""
    if isinstance(error, TongtuError):
        return of_error(error)
    if isinstance(error, HTTPException) and error.status_code in _ROUTER_CODES:
        status, code, detail = _ROUTER_CODES[error.status_code]
        fields = _fields(error) if isinstance(error, ValidationException) else {}
        return Problem(status, code, detail, fields)
    return Problem(500, Broken.default_code, _BROKEN)


def told(error: Exception, request_id: str, operation: str = "") -> Problem:
    """Return the problem for what came out of a door; a fault of ours is logged, here only.

    `operation` is the route's own form of the address, without ids.
    """
    problem = of_exception(error)
    if problem.status == HTTPStatus.INTERNAL_SERVER_ERROR:
        get_logger("rest").error("request_failed", request_id=request_id, exc_info=error)
    note_refusal(problem, request_id, operation)
    return problem


def note_refusal(problem: Problem, request_id: str, operation: str = "") -> None:
    """Log that somebody was refused for who they are, or for how fast they ask."""
    if problem.status in _NOTED:
        get_logger("rest").warning(
            "request_refused", request_id=request_id, refusal=problem.code, operation=operation
        )


def of_status(status: int, fields: Mapping[str, str] | None = None) -> Problem:
    """Return the problem for a refusal that happens before any route."""
    status, code, detail = _ROUTER_CODES[status]
    return Problem(status, code, detail, fields or {})


async def send_problem(send: Send, problem: Problem, request_id: str) -> None:
    """Send the whole answer."""
    body = problem.body(request_id)
    headers = [*problem.headers(), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": problem.status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})


def _fields(error: ValidationException) -> dict[str, str]:
    extra = error.extra if isinstance(error.extra, list) else []
    return {
        str(item["key"])[:64]: "has another form"
        for item in extra
        if isinstance(item, dict) and "key" in item
    }
