"""HTTP/1.1 to one address over kept connections: cheap enough that a replay measures the platform.

An answer that is cut off, too late or beyond its bound is lost; whoever asked decides what then.
"""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass, field
from typing import cast
from urllib.parse import urlsplit

import httptools

ANSWER_TIMEOUT_S = 30.0
# A whole report or paper fits many times over; more is no answer to anything asked here.
ANSWER_BYTES_MAX = 16 * 2**20


class Lost(ConnectionError):
    """No whole answer came: the effect of the request is unknown."""


@dataclass(slots=True)
class Answer:
    """A whole answer."""

    status: int = 0
    kind: str = ""  # its content type
    body: bytes = b""


@dataclass(slots=True)
class _Reading:
    """An answer as it comes in."""

    answer: Answer = field(default_factory=Answer)
    pieces: list[bytes] = field(default_factory=list)
    size: int = 0


class Wire:
    """Connections to one address; each carries one request at a time, the next in line waits."""

    def __init__(self, url: str, connections_max: int) -> None:
        parts = urlsplit(url)
        self._host, self._is_tls = parts.hostname or "", parts.scheme == "https"
        self._port = parts.port or (443 if self._is_tls else 80)
        self._base = parts.path.rstrip("/")
        self._name = parts.netloc.rpartition("@")[2]
        self._free = asyncio.Semaphore(connections_max)
        self._idle: list[_Line] = []
        self._lines: set[_Line] = set()

    async def close(self) -> None:
        """Close every connection."""
        for line in list(self._lines):
            line.close()
        self._lines.clear()
        self._idle.clear()

    async def exchange(
        self, method: str, path: str, headers: dict[str, str], body: bytes | None
    ) -> Answer:
        """Send one request and return its answer. Raises Lost."""
        lines = [f"{method} {self._base}{path} HTTP/1.1", f"host: {self._name}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        if body is not None:
            lines += ["content-type: application/json", f"content-length: {len(body)}"]
        request = "\r\n".join((*lines, "\r\n")).encode("ascii") + (body or b"")
        async with self._free:
            try:
                async with asyncio.timeout(ANSWER_TIMEOUT_S):
                    line = await self._take()
                    answer = await line.ask(request)
            except (OSError, TimeoutError) as fault:
                raise Lost(f"{method} {path}: {type(fault).__name__}") from fault
            if line.is_kept:
                self._idle.append(line)
            return answer

    async def _take(self) -> _Line:
        while self._idle:
            line = self._idle.pop()
            if line.is_kept:
                return line
        loop = asyncio.get_running_loop()
        context = ssl.create_default_context() if self._is_tls else None
        _, line = await loop.create_connection(
            lambda: _Line(self._lines), self._host, self._port, ssl=context
        )
        return line


class _Line(asyncio.Protocol):
    """One connection, and the answer that it waits for. Also what the parser calls back."""

    def __init__(self, lines: set[_Line]) -> None:
        self._lines = lines
        self._transport: asyncio.Transport | None = None
        self._waiting: asyncio.Future[Answer] | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._reading = _Reading()
        self.is_kept = False

    async def ask(self, request: bytes) -> Answer:
        """Write a request and wait for its answer; cut off, the connection is not used again."""
        if self._transport is None:
            raise ConnectionResetError
        self._waiting = asyncio.get_running_loop().create_future()
        self._reading, self.is_kept = _Reading(), False
        self._transport.write(request)
        try:
            return await self._waiting
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End the connection."""
        self.is_kept = False
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # Said, not checked: uvloop's transports have the methods and not the class.
        self._transport, self.is_kept = cast("asyncio.Transport", transport), True
        self._lines.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._lines.discard(self)
        self.is_kept, self._transport = False, None
        self._fail(exc or ConnectionResetError())

    def data_received(self, data: bytes) -> None:
        if self._waiting is None or self._waiting.done():
            self.close()  # nobody asked
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as fault:
            self._fail(ConnectionError(str(fault)))

    def on_header(self, name: bytes, value: bytes) -> None:
        if name.lower() == b"content-type":
            self._reading.answer.kind = value.decode("latin-1")

    def on_body(self, body: bytes) -> None:
        self._reading.pieces.append(body)
        self._reading.size += len(body)
        if self._reading.size > ANSWER_BYTES_MAX:
            self._fail(ConnectionError("an answer beyond its bound"))

    def on_message_complete(self) -> None:
        answer = self._reading.answer
        answer.status, answer.body = self._parser.get_status_code(), b"".join(self._reading.pieces)
        self.is_kept = self._parser.should_keep_alive()
        if not self.is_kept and self._transport is not None:
            self._transport.close()
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(answer)

    def _fail(self, fault: Exception) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(fault)
