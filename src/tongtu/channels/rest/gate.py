"""The first and last thing every request meets: bounds, request id, security headers, last catch.

It stands before the ordinary application; the hot door keeps the same law by the same functions.
"""

from __future__ import annotations

import asyncio
from typing import cast

from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPReceiveMessage, Message, Receive, Scope, Send

from tongtu.channels.rest import headers as edge
from tongtu.channels.rest.body import BODY_BYTES_MAX, RULES_BYTES_MAX, bytes_max
from tongtu.channels.rest.headers import Headers, RequestIds
from tongtu.channels.rest.long_body import Admit, LongBodies
from tongtu.channels.rest.pace import Paces
from tongtu.channels.rest.problem import (
    Problem,
    note_refusal,
    of_status,
    send_problem,
    told,
)

BODY_TIMEOUT_S = 15
# A file takes its time over a telephone's network.
LONG_BODY_TIMEOUT_S = 60
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
SECURITY_FOR_ALL = (
    *(one for one in SECURITY if one[0] != b"cross-origin-resource-policy"),
    (b"cross-origin-resource-policy", b"cross-origin"),
    (b"access-control-allow-origin", b"*"),
)
# Only where the pages' addresses say https: over plain http it may not be sent (RFC 6797, 7.2).
STRICT_TRANSPORT = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")
# What pages of merchants may load and ask, wherever they stand: it is public, stores nothing and
# looks at no token. Every other address answers pages of our own origin only.
WIDGET, QUOTES = "/widget.js", "/v1/quotes"
_ANYWHERE = frozenset({WIDGET, QUOTES})
_PREFLIGHT = (
    (b"access-control-allow-methods", b"POST"),
    (b"access-control-allow-headers", b"content-type"),
    (b"access-control-max-age", b"600"),
)
# What the API says is a person's or the house's: no browser and no cache keeps it.
_API = "/v1/"
_NO_STORE = (b"cache-control", b"no-store")
_DISCONNECT = "http.disconnect"


class Gate:
    """Wraps the ordinary application; `admit` tells whose a request with a long body is.

    `is_https`: browsers reach us by https, by the word of the setting `origins`.
    """

    def __init__(
        self,
        app: ASGIApp,
        request_ids: RequestIds,
        admit: Admit,
        paces: Paces | None = None,
        *,
        is_https: bool = False,
    ) -> None:
        self._app = app
        self._is_https = is_https
        self._paces = paces
        self._request_ids = request_ids
        self._long = LongBodies(admit)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, whatever it is."""
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        request_id = self._request_ids.of(scope["headers"])
        scope["state"] = {"request_id": request_id}
        answer = _Answer(send, request_id, scope["path"], is_https=self._is_https)
        try:
            if len(scope["path"]) > PATH_LENGTH_MAX:
                await send_problem(answer.send, of_status(404), request_id)
                return
            if self._paces is not None and (slow := self._paces.refuse(scope)) is not None:
                note_refusal(slow, request_id)
                await answer.refuse(slow)
                return
            if scope["method"] == "OPTIONS" and scope["path"] == QUOTES:
                await answer.allow_asking()
                return
            most = bytes_max(scope["method"], scope["path"])
            if not is_length_within(scope["headers"], most):
                await answer.refuse(of_status(413))
            elif most <= RULES_BYTES_MAX:
                await self._serve(scope, receive, answer, most)
            else:
                answer.is_last = True  # who has no slot is not read at all
                async with self._long.slot(scope["headers"]):
                    await self._serve(scope, receive, answer, most)
        except Exception as error:  # noqa: BLE001 - the edge answers every fault
            await self._fail(error, answer, request_id)

    async def _serve(self, scope: Scope, receive: Receive, answer: _Answer, most: int) -> None:
        body = await _read_body(receive, most)
        if isinstance(body, Problem):
            await answer.refuse(body)
            return
        answer.is_last = False
        await self._app(scope, _Replay(body, receive), answer.send)

    async def _fail(self, error: Exception, answer: _Answer, request_id: str) -> None:
        problem = told(error, request_id)
        if not answer.is_started:
            await send_problem(answer.send, problem, request_id)


class _Answer:
    """Sends an answer with the headers every answer carries."""

    def __init__(self, send: Send, request_id: str, path: str, *, is_https: bool) -> None:
        self._send = send
        self._policy = _CONSOLE_POLICY if path.startswith("/console") else POLICY
        self._is_api, self._is_https = path.startswith(_API), is_https
        self._is_for_all = path in _ANYWHERE
        self._request_id = request_id.encode()
        self.is_started = False
        self.is_last = False  # the rest of the request is not read: the connection ends

    async def allow_asking(self) -> None:
        """Tell a browser that a page of another origin may ask here."""
        start = {"type": "http.response.start", "status": 204, "headers": list(_PREFLIGHT)}
        await self.send(cast(Message, start))
        await self.send({"type": "http.response.body", "body": b"", "more_body": False})

    async def refuse(self, problem: Problem) -> None:
        self.is_last = True
        await send_problem(self.send, problem, self._request_id.decode())

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.is_started = True
            added = [
                (b"x-request-id", self._request_id),
                (b"content-security-policy", self._policy),
                *(SECURITY_FOR_ALL if self._is_for_all else SECURITY),
            ]
            if self._is_https:
                added.append(STRICT_TRANSPORT)
            if self._is_api and not edge.values(message["headers"], b"cache-control"):
                added.append(_NO_STORE)
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


async def _read_body(receive: Receive, most: int) -> bytes | Problem:
    """Return the whole body, or why it is not read: beyond its bound, or too slow."""
    limit_s = LONG_BODY_TIMEOUT_S if most > RULES_BYTES_MAX else BODY_TIMEOUT_S
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
