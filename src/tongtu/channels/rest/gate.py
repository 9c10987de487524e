"""The first and last thing every request meets: bounds, request id, security headers, last catch.

It stands before the ordinary application; the hot door keeps the same law by the same functions.
"""

from __future__ import annotations

import asyncio

from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPReceiveMessage, Message, Receive, Scope, Send

from tongtu.channels.rest import headers as edge
from tongtu.channels.rest.body import BODY_BYTES_MAX, RULES_BYTES_MAX, bytes_max
from tongtu.channels.rest.headers import Headers, RequestIds
from tongtu.channels.rest.pace import Paces
from tongtu.channels.rest.problem import Problem, of_error, of_status, send_problem, told
from tongtu.kernel.errors import Overloaded

BODY_TIMEOUT_S = 15
# A file takes its time over a telephone's network; no more than so many come in at once (32 MB).
LONG_BODY_TIMEOUT_S = 60
LONG_BODIES_MAX = 8
PATH_LENGTH_MAX = 2_048
POLICY = (
    b"default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    b"object-src 'none'; img-src 'self' data:"
)
# The console's component library writes style elements; no script may be inline anywhere.
_CONSOLE_POLICY = POLICY + b"; style-src 'self' 'unsafe-inline'"
SECURITY = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(self), geolocation=(), microphone=()"),
)
_DISCONNECT = "http.disconnect"


class Gate:
    """Wraps the ordinary application."""

    def __init__(self, app: ASGIApp, request_ids: RequestIds, paces: Paces | None = None) -> None:
        self._app = app
        self._paces = paces
        self._request_ids = request_ids
        self._long = asyncio.Semaphore(LONG_BODIES_MAX)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, whatever it is."""
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        request_id = self._request_ids.of(scope["headers"])
        scope["state"] = {"request_id": request_id}
        answer = _Answer(send, request_id, scope["path"])
        try:
            if len(scope["path"]) > PATH_LENGTH_MAX:
                await send_problem(answer.send, of_status(404), request_id)
                return
            if self._paces is not None and (slow := self._paces.refuse(scope)) is not None:
                answer.is_last = True
                await send_problem(answer.send, slow, request_id)
                return
            body = await self._read_body(scope, receive)
            if isinstance(body, Problem):
                answer.is_last = True
                await send_problem(answer.send, body, request_id)
                return
            await self._app(scope, _Replay(body, receive), answer.send)
        except Exception as error:  # noqa: BLE001 - the edge answers every fault
            await self._fail(error, answer, request_id)

    async def _read_body(self, scope: Scope, receive: Receive) -> bytes | Problem:
        most = bytes_max(scope["path"])
        if most <= RULES_BYTES_MAX:
            return await _read_body(scope, receive, most)
        if self._long.locked():
            return of_error(Overloaded("too many files at once; try again", retry_after_s=5))
        async with self._long:
            return await _read_body(scope, receive, most)

    async def _fail(self, error: Exception, answer: _Answer, request_id: str) -> None:
        problem = told(error, request_id)
        if not answer.is_started:
            await send_problem(answer.send, problem, request_id)


class _Answer:
    """Sends an answer with the headers every answer carries."""

    def __init__(self, send: Send, request_id: str, path: str) -> None:
        self._send = send
        self._policy = _CONSOLE_POLICY if path.startswith("/console") else POLICY
        self._request_id = request_id.encode()
        self.is_started = False
        self.is_last = False  # the rest of the request is not read: the connection ends

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.is_started = True
            added = [
                (b"x-request-id", self._request_id),
                (b"content-security-policy", self._policy),
                *SECURITY,
            ]
            if self.is_last:
                added.append((b"connection", b"close"))
            message["headers"] = [*message["headers"], *added]
        await self._send(message)


class _Replay:
    """Gives the body that was read already, then whatever the server has to say."""

    def __init__(self, body: bytes, receive: Receive) -> None:
        self._message: HTTPReceiveMessage | None = {
            "type": "http.request",
            "body": body,
            "more_body": False,
        }
        self._receive = receive

    async def __call__(self) -> HTTPReceiveMessage:
        if self._message is not None:
            message, self._message = self._message, None
            return message
        return await self._receive()  # type: ignore[return-value]  # http scope only


def is_length_within(headers: Headers, most: int = BODY_BYTES_MAX) -> bool:
    """Tell whether the body, as far as its length is announced, is within its bound in bytes."""
    return all(_is_within(one, most) for one in edge.values(headers, b"content-length"))


async def _read_body(scope: Scope, receive: Receive, most: int) -> bytes | Problem:
    """Return the whole body, or why it is not read: beyond its bound, or too slow."""
    limit_s = LONG_BODY_TIMEOUT_S if most > RULES_BYTES_MAX else BODY_TIMEOUT_S
    if not is_length_within(scope["headers"], most):
        return of_status(413)
    try:
        async with asyncio.timeout(limit_s):
            return await _read_all(bytearray(), receive, most)
    except TimeoutError:
        return of_status(408)


def _is_within(length: bytes, most: int) -> bool:
    return length.isdigit() and len(length) <= 7 and int(length) <= most


async def _read_all(body: bytearray, receive: Receive, most: int) -> bytes | Problem:
    while len(body) <= most:
        message = await receive()
        if message["type"] != "http.request":
            return b""
        body += message["body"]
        if not message["more_body"] and len(body) <= most:
            return bytes(body)
    return of_status(413)
