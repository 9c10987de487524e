"""The headers both doors read: bearer token, idempotency key, content type, request id."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence
from typing import TypeAlias

from litestar.exceptions import ClientException

from tongtu.kernel.errors import BadInput, NotSignedIn

Listed: TypeAlias = Iterable[tuple[bytes, bytes]]
# A look-up by name stands for a list in which no header stands twice.
Headers: TypeAlias = Listed | dict[bytes, bytes]
_KEY = re.compile(rb"[A-Za-z0-9_-]{8,64}")
_REQUEST_ID = re.compile(rb"[A-Za-z0-9_.-]{1,64}")
_JSON = re.compile(rb"application/json(?:\s*;\s*charset=\"?utf-8\"?)?", re.IGNORECASE)
_BEARER = b"bearer "


class UnsupportedMediaType(ClientException):
    """The body is not declared as JSON."""

    status_code = 415


def by_name(headers: list[tuple[bytes, bytes]]) -> Headers:
    """Return a look-up when each header stands once: for a reader that looks several times."""
    found = dict(headers)
    return found if len(found) == len(headers) else headers


def values(headers: Headers, name: bytes) -> Sequence[bytes]:
    """Return every value of a header."""
    if isinstance(headers, dict):
        return (headers[name],) if name in headers else ()
    return [value for key, value in headers if key == name]


def header(headers: Headers, name: bytes) -> bytes | None:
    """Return a header's value.

    Raises:
        BadInput: the header came twice, so that two readers could see two requests.
    """
    if isinstance(headers, dict):
        return headers.get(name)
    found = values(headers, name)
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
    if value != b"application/json" and not _JSON.fullmatch(value):
        raise UnsupportedMediaType


def request_id(headers: Headers) -> str | None:
    """Return the caller's own request id when it has a harmless form."""
    for value in values(headers, b"x-request-id"):
        if _REQUEST_ID.fullmatch(value):
            return value.decode()
    return None


class RequestIds:
    """Names requests: by the caller's own harmless id, else by instance and number."""

    def __init__(self, instance: str) -> None:
        self._instance = instance
        self._numbers = itertools.count(1)

    def of(self, headers: Headers) -> str:
        """Return the id of the request with these headers."""
        return request_id(headers) or f"{self._instance}-{next(self._numbers):x}"
