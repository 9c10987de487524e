"""The server's protocol with bounds before anything is kept: the head's bytes, number and time.

The framework below sees a request only when its head is complete, which is too late for a head
that never ends. Bodies are the gate's. Timers stand for what is awaited only: a request that
arrives whole costs none.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

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
    _timer: asyncio.TimerHandle | None = None  # of the head, or the body, that is awaited
    _resting_from_s: float | None = None  # loop time since when nothing is asked or answered
    _last_words: bytes | None = None  # said once the requests before it are answered

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a head."""
        super().connection_made(transport)
        self._await(HEAD_TIMEOUT_S, transport.close)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._await_no_more()
        if self.timeout_keep_alive_task is not None:
            self.timeout_keep_alive_task.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse; a head that does not end is cut off at its bound."""
        if self._last_words is not None:
            return
        heads = self._heads
        super().data_received(data)
        if self._is_in_head and self._last_words is None and not self.transport.is_closing():
            if self._heads == heads:
                self._unfinished += len(data)
                if self._unfinished > HEAD_BYTES_MAX:
                    self._is_too_large = True
                    self.send_400_response("")
                    return
            if self._timer is None:
                self._await(HEAD_TIMEOUT_S, self.transport.close)

    def on_message_begin(self) -> None:
        """Begin to count."""
        self._is_in_head, self._kept = True, 0
        self._await_no_more()
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """Take a part of the address within the bound."""
        self._kept += len(url)
        if self._kept > HEAD_BYTES_MAX:
            self._is_too_large = True
            raise HeadTooLarge
        self.url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header within the bounds. A trailer is counted, and says nothing."""
        self._kept += len(name) + len(value)
        if self._kept > HEAD_BYTES_MAX or len(self.headers) >= HEADERS_MAX:
            self._is_too_large = True
            raise HeadTooLarge
        if self._is_in_head:
            name = name.lower()
            if name == b"expect" and value.lower() == b"100-continue":
                self.expect_100_continue = True
            self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        """Go on to the body: the head is within its bounds."""
        self._end_head()
        super().on_headers_complete()

    def on_response_complete(self) -> None:
        """Begin the next request in line, or rest; the connection ends when it rests too long."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        if self.pipeline:
            self.flow.resume_reading()
            self._start_asgi_task(*self.pipeline.pop())
        elif self._last_words is not None:
            self.transport.write(self._last_words)
            self.transport.close()
        else:
            self.flow.resume_reading()
            self._rest()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - the library's words stay here
        """Answer what is not HTTP, or beyond its bounds, in its turn, and end the connection."""
        problem = of_status(431) if self._is_too_large else _NOT_HTTP
        body = problem.body("none")
        words = (
            b"HTTP/1.1 %d Refused\r\n" % problem.status
            + b"content-type: application/problem+json\r\ncontent-length: %d\r\n" % len(body)
            + b"connection: close\r\n\r\n"
            + body
        )
        if self._is_answering():
            self._last_words = words
            self._await_no_more()
            self.flow.pause_reading()
        else:
            self.transport.write(words)
            self.transport.close()

    def _is_answering(self) -> bool:
        """Tell whether whole requests wait for their answers; one cut off in its body never ends.

        The pipeline holds the newest first and the one that is being answered not at all.
        """
        if self.cycle is None or self.cycle.response_complete:
            return False
        if self.cycle.more_body and self.pipeline:
            self.pipeline.popleft()
            return True
        return not self.cycle.more_body

    def _end_head(self) -> None:
        self._is_in_head, self._unfinished = False, 0
        self._heads += 1
        if self._timer is not None:
            self._await_no_more()

    def _await(self, seconds: float, otherwise: Callable[[], object]) -> None:
        self._await_no_more()
        self._timer = self.loop.call_later(seconds, otherwise)

    def _await_no_more(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _rest(self) -> None:
        """Note since when nothing happens. One timer stands a connection, not one a request."""
        self._resting_from_s = self.loop.time()
        if self.timeout_keep_alive_task is None:
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self._look_if_resting
            )

    def _unset_keepalive_if_required(self) -> None:
        self._resting_from_s = None

    def _look_if_resting(self) -> None:
        self.timeout_keep_alive_task = None
        if self._resting_from_s is None:
            return  # the timer is set again when it rests
        left_s = self._resting_from_s + self.timeout_keep_alive - self.loop.time()
        if left_s > 0:
            self.timeout_keep_alive_task = self.loop.call_later(left_s, self._look_if_resting)
        else:
            self.timeout_keep_alive_handler()
