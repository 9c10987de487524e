"""Answers as the bytes that go over the wire, with the headers every answer carries."""

from __future__ import annotations

from http import HTTPStatus

from tongtu.channels.rest.gate import POLICY, SECURITY, STRICT_TRANSPORT
from tongtu.channels.rest.problem import Problem

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


def _lines(*headers: tuple[bytes, bytes]) -> bytes:
    return b"".join(b"%s: %s\r\n" % header for header in headers)


_EVERY = _lines((b"content-security-policy", POLICY), *SECURITY)
_CREATED = b"HTTP/1.1 201 Created\r\n%s" % _lines(
    (b"content-type", b"application/json"), (b"cache-control", b"no-store")
)
_CLOSE = _lines((b"connection", b"close"))


class ServerLines:
    """The server library's own headers (its date), made into lines once while they hold.

    `is_https`: browsers reach us by https, as the gate is told.
    """

    def __init__(self, *, is_https: bool = False) -> None:
        self._headers: list[tuple[bytes, bytes]] = []
        self._lines = b""
        self._own = (STRICT_TRANSPORT,) if is_https else ()

    def of(self, headers: list[tuple[bytes, bytes]]) -> bytes:
        """Return the lines; the library makes a new list when a header changes."""
        if headers is not self._headers:
            self._headers, self._lines = headers, _lines(*headers, *self._own)
        return self._lines


def created(body: bytes, request_id: str, server: bytes, *, is_last: bool) -> bytes:
    """Return the whole answer to an application."""
    return _whole(_CREATED, body, request_id, server, is_last)


def refused(problem: Problem, request_id: str, server: bytes, *, is_last: bool) -> bytes:
    """Return the whole answer of a refusal or a fault."""
    status = HTTPStatus(problem.status)
    head = b"HTTP/1.1 %d %s\r\n" % (status, status.phrase.encode()) + _lines(*problem.headers())
    return _whole(head, problem.body(request_id), request_id, server, is_last)


def _whole(head: bytes, body: bytes, request_id: str, server: bytes, is_last: bool) -> bytes:
    return b"".join(
        (
            head,
            server,
            b"content-length: %d\r\nx-request-id: %s\r\n" % (len(body), request_id.encode()),
            _EVERY,
            _CLOSE if is_last else b"",
            b"\r\n",
            body,
        )
    )
