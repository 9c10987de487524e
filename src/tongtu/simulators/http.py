"""As much of an HTTP server as the simulators need: one request a connection, with bounds."""

from __future__ import annotations

import asyncio
import json
import signal
import ssl
import sys
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

# A signed paper in base64 has some 110 kB; all else is far below.
BODY_BYTES_MAX = 1024 * 1024
READ_TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True)
class Asked:
    """A request: its method, path, headers in small letters, and body."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Said:
    """An answer. `None` in its place ends the connection without a word."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


Answer = Callable[[Asked], Awaitable[Said | None]]


async def listen(
    name: str,
    port: int,
    answer: Answer,
    *,
    host: str = "127.0.0.1",
    tls: ssl.SSLContext | None = None,
) -> asyncio.Server:
    """Serve by the running loop, on this machine unless told; port 0 takes a free one."""

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            said = await answer(await _read(reader))
            if said is not None:
                writer.write(_written(name, said))
                await writer.drain()
        except (TimeoutError, ValueError, KeyError, asyncio.IncompleteReadError, ConnectionError):
            pass  # a client that does not speak to the end gets no answer
        finally:
            writer.close()

    return await asyncio.start_server(meet, host, port, limit=BODY_BYTES_MAX, ssl=tls)


async def serve(  # noqa: PLR0913 - where and by what it is reached
    name: str,
    port: int,
    answer: Answer,
    told: Mapping[str, str],
    *,
    host: str = "127.0.0.1",
    tls: ssl.SSLContext | None = None,
) -> None:
    """Serve until a signal or, when stdin is a pipe, until its other end is gone.

    Prints one line of JSON with name, port and what is `told` once it listens.
    """
    server = await listen(name, port, answer, host=host, tls=tls)
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    with suppress(OSError, ValueError, PermissionError):
        await loop.connect_read_pipe(lambda: _UntilEnd(stopped), sys.stdin)
    listening = server.sockets[0].getsockname()[1]
    sys.stdout.write(json.dumps({"simulator": name, "port": listening, **told}) + "\n")
    sys.stdout.flush()
    await stopped.wait()
    server.close()


class _UntilEnd(asyncio.Protocol):
    """Stops with whoever holds the other end: also when it was killed."""

    def __init__(self, stopped: asyncio.Event) -> None:
        self._stopped = stopped

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - a port
        self._stopped.set()


async def _read(reader: asyncio.StreamReader) -> Asked:
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), READ_TIMEOUT_S)
    first, *lines = head.decode("latin-1").split("\r\n")
    method, path, _ = first.split(" ", 2)
    headers = {
        name.lower(): value for name, _, value in (line.partition(": ") for line in lines) if value
    }
    length = int(headers.get("content-length", "0"))
    if not 0 <= length <= BODY_BYTES_MAX:
        raise ValueError("no such length")
    body = await asyncio.wait_for(reader.readexactly(length), READ_TIMEOUT_S)
    return Asked(method, path, headers, body)


def _written(name: str, said: Said) -> bytes:
    headers = {
        "Content-Type": "application/json",
        "X-Simulator": name,
        "Connection": "close",
        "Content-Length": str(len(said.body)),
        **said.headers,
    }
    lines = "".join(f"{key}: {value}\r\n" for key, value in headers.items())
    return f"HTTP/1.1 {said.status} -\r\n{lines}\r\n".encode() + said.body
