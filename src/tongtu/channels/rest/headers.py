"""The headers both doors read: bearer token, idempotency key, content type, request id."""

from __future__ import annotations

import re
from collections.abc import Iterable

from litestar.exceptions import ClientException

from tongtu.kernel.errors import BadInput, NotSignedIn

Headers = Iterable[tuple[bytes, bytes]]
_KEY = re.compile(rb"[A-Za-z0-9_-]{8,64}")
_REQUEST_ID = re.compile(rb"[A-Za-z0-9_.-]{1,64}")
_JSON = re.compile(rb"application/json(?:\s*;\s*charset=\"?utf-8\"?)?", re.IGNORECASE)
_BEARER = b"bearer "


class UnsupportedMediaType(ClientException):
    """The body is not declared as JSON."""

    status_code = 415


def header(headers: Headers, name: bytes) -> bytes | None:
    """Return a header's value.

    Raises:
        BadInput: the header came twice, so that two readers could see two requests.
    """
    found = [value for key, value in headers if key == name]
    if len(found) > 1:
        raise BadInput(f"the header {name.decode()} stands twice", code="duplicate_header")
    return found[0] if found else None


def bearer_token(headers: Headers) -> str:
    """Return the token of `Authorization: Bearer`.

    Raises:
        NotSignedIn: there is none.
    """
    value = header(headers, b"authorization") or b""
    if value[: len(_BEARER)].lower() != _BEARER:
        raise NotSignedIn("please sign in")
    return value[len(_BEARER) :].strip().decode("latin-1")


def idempotency_key(headers: Headers) -> str:
    """Return the key under which this command has its effect once.

    Raises:
        BadInput: code `bad_key`: missing, or not 8 to 64 of A-Z a-z 0-9 _ -.
    """
    value = header(headers, b"idempotency-key")
    if value is None or not _KEY.fullmatch(value):
        raise BadInput(
            "send an Idempotency-Key of 8 to 64 letters, digits, _ or -; "
            "the same key never takes effect twice",
            code="bad_key",
        )
    return value.decode()


def check_content_type(headers: Headers) -> None:
    """Refuse a body that is not declared as JSON.

    Raises:
        UnsupportedMediaType: another or no content type.
    """
    value = header(headers, b"content-type") or b""
    if not _JSON.fullmatch(value):
        raise UnsupportedMediaType


def request_id(headers: Headers) -> str | None:
    """Return the caller's own request id when it has a harmless form."""
    for key, value in headers:
        if key == b"x-request-id" and _REQUEST_ID.fullmatch(value):
            return value.decode()
    return None
