"""The server's protocol with bounds before anything is kept: the head's bytes, number and time.

The framework below sees a request only when its head is complete, which is too late for a head
that never ends. Bodies are the gate's.
"""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from tongtu.channels.rest.problem import Problem, of_status

HEAD_BYTES_MAX = 16 * 1024
HEADERS_MAX = 64
HEAD_TIMEOUT_S = 20
_NOT_HTTP = Problem(400, "not_http", "this is not a request we can read")


class HeadTooLarge(Exception):
    """Raised inside the parser: it stops there, and the connection ends with 431."""


class BoundedProtocol(HttpToolsProtocol):
    """Answers a head beyond its bounds, or one that is not HTTP, with a problem and ends."""

    _is_in_head = True
    _heads = 0  # heads that were complete
    _unfinished = 0  # bytes of a head that is not complete yet
    _kept = 0  # bytes of the names and values kept of it
    _is_too_large = False
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a head."""
        super().connection_made(transport)
        self._arm()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._disarm()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse; a head that does not end is cut off at its bound."""
        heads = self._heads
        super().data_received(data)
        if self._is_in_head and self._heads == heads and not self.transport.is_closing():
            self._unfinished += len(data)
            if self._unfinished > HEAD_BYTES_MAX:
                self._is_too_large = True
                self.send_400_response("")

    def on_message_begin(self) -> None:
        """Begin to count."""
        self._is_in_head, self._kept = True, 0
        self._arm()
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """Take a part of the address within the bound."""
        self._take(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header within the bounds."""
        self._take(len(name) + len(value))
        if len(self.headers) >= HEADERS_MAX:
            self._is_too_large = True
            raise HeadTooLarge
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Go on to the body: the head is within its bounds."""
        self._is_in_head, self._unfinished = False, 0
        self._heads += 1
        self._disarm()
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - the library's words stay here
        """Answer what is not HTTP, or beyond its bounds, and end the connection."""
        problem = of_status(431) if self._is_too_large else _NOT_HTTP
        body = problem.body("none")
        self.transport.write(
            b"HTTP/1.1 %d Refused\r\n" % problem.status
            + b"content-type: application/problem+json\r\ncontent-length: %d\r\n" % len(body)
            + b"connection: close\r\n\r\n"
            + body
        )
        self.transport.close()

    def _take(self, size: int) -> None:
        self._kept += size
        if self._kept > HEAD_BYTES_MAX:
            self._is_too_large = True
            raise HeadTooLarge

    def _arm(self) -> None:
        self._disarm()
        self._timer = self.loop.call_later(HEAD_TIMEOUT_S, self.transport.close)

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
