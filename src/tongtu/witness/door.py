"""A witness as a process: C2SP tlog-witness over HTTP, one log, one key, one folder.

`POST /add-checkpoint` answers with one co-signature line; `GET /` tells who this is and what it
signed last; `GET /fork` gives the proof that the log told two histories, once there is one.
"""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any

import uvicorn

from tongtu.kernel.errors import BadInput, Broken
from tongtu.witness.cosignature import Cosigner
from tongtu.witness.note import LogKey
from tongtu.witness.rules import Refusal, Shown, Why, judge
from tongtu.witness.store import Home

# A checkpoint with its lines and the longest path has about 8 kB.
BODY_BYTES_MAX = 16 * 1024
CALLERS_MAX = 64
BACKLOG = 64
SIZE_TYPE = "text/x.tlog.size"
# In the answer of a witness that can prove a fork.
SEE_FORK = "see /fork"
_TEXT, _JSON = "text/plain; charset=utf-8", "application/json"

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Answer = tuple[int, str, str]


class Witness:
    """Judges what it is shown, and remembers on disk what it signed."""

    def __init__(self, home: Home, cosigner: Cosigner, key: LogKey) -> None:
        self._home = home
        self._cosigner = cosigner
        self._key = key
        self._seen = home.seen(key)
        self._is_forked = home.fork() is not None

    def add(self, body: str, at_s: int) -> Answer:
        """Return status, type and text: a co-signature line, or why there is none."""
        if self._is_forked:
            return Why.OTHER_STATE, _TEXT, f"the log told two histories; {SEE_FORK}\n"
        try:
            shown = Shown.read(body)
        except BadInput as error:
            return Why.MALFORMED, _TEXT, f"{error.detail}\n"
        found = judge(self._seen, shown, self._key)
        if isinstance(found, Refusal):
            return self._refused(found)
        self._home.keep_seen(found)
        self._seen = found
        # What stands on disk is signed, so the text is taken from what was judged.
        return 200, _TEXT, self._cosigner.cosign(found.text, at_s)

    def status(self) -> dict[str, Any]:
        """Return who this is and how far it has seen the log."""
        return {
            "witness": self._cosigner.key.show(),
            "log": self._key.show(),
            "size": self._seen.size,
            "fork": self._is_forked,
        }

    def fork(self) -> dict[str, Any] | None:
        """Return the proof that the log told two histories."""
        return self._home.fork()

    def _refused(self, found: Refusal) -> Answer:
        if found.fork is not None:
            self._home.keep_fork(found.fork)
            self._is_forked = True
            return found.why, _TEXT, f"{found.detail}; {SEE_FORK}\n"
        if found.why is Why.OTHER_STATE:
            return found.why, SIZE_TYPE, f"{found.size}\n"
        return found.why, _TEXT, f"{found.detail}\n"


def application(witness: Witness) -> Callable[[Scope, Receive, Send], Awaitable[None]]:
    """Return the witness as an ASGI application."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        status, kind, text = await _answer(witness, scope, receive)
        content = text.encode()
        headers = [
            (b"content-type", kind.encode()),
            (b"content-length", str(len(content)).encode()),
        ]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    return app


async def _answer(witness: Witness, scope: Scope, receive: Receive) -> Answer:
    match scope["method"], scope["path"]:
        case "POST", "/add-checkpoint":
            body = await _body(receive)
            if body is None:
                return 413, _TEXT, "too large\n"
            try:
                text = body.decode()
            except UnicodeDecodeError:
                return Why.MALFORMED, _TEXT, "not UTF-8\n"
            return witness.add(text, int(time.time()))  # house: seam - a witness's own clock
        case "GET", "/":
            return 200, _JSON, json.dumps(witness.status())
        case "GET", "/fork":
            fork = witness.fork()
            return (404, _TEXT, "none\n") if fork is None else (200, _JSON, json.dumps(fork))
        case _:
            return 404, _TEXT, "no such door\n"


async def _body(receive: Receive) -> bytes | None:
    """Return the body, None beyond the bound."""
    body = b""
    while True:
        message = await receive()
        body += bytes(message.get("body", b""))
        if len(body) > BODY_BYTES_MAX:
            return None
        if not message.get("more_body", False):
            return body


class _Server(uvicorn.Server):
    """Leaves signals to `serve`."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


async def serve(witness: Witness, host: str, port: int, *, ends_with_stdin: bool) -> None:
    """Serve until SIGTERM or SIGINT, or when asked until whoever holds stdin is gone.

    Prints one line of JSON with the port and the key once it listens.

    Raises:
        Broken: the port is in use.
    """
    listener = _listen(host, port)
    config = uvicorn.Config(
        application(witness),
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        limit_concurrency=CALLERS_MAX,
        backlog=BACKLOG,
    )
    server = _Server(config)

    def end() -> None:
        server.should_exit = True

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, end)
    if ends_with_stdin:
        await loop.connect_read_pipe(lambda: _UntilEnd(end), sys.stdin)
    told = {"port": listener.getsockname()[1], **witness.status()}
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()
    await server.serve(sockets=[listener])


class _UntilEnd(asyncio.Protocol):
    """Stops with whoever holds the other end, also when it was killed."""

    def __init__(self, end: Callable[[], None]) -> None:
        self._end = end

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - a port
        self._end()


def _listen(host: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as fault:
        listener.close()
        raise Broken(f"cannot listen on {host}:{port} ({fault.strerror})") from fault
    listener.listen(BACKLOG)
    return listener
