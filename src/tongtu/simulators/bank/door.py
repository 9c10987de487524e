"""The bank's HTTP/1.1 door: every length bounded, silence where the bank is silent."""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from http import HTTPStatus

from tongtu.simulators.bank.bank import Bank, Reply
from tongtu.simulators.bank.messenger import Messenger

HEAD_BYTES_MAX = 8_192
BODY_BYTES_MAX = 65_536
CONNECTIONS_MAX = 256
IDLE_S = 60.0
_REQUEST = re.compile(r"(GET|POST) (/[\x21-\x7e]{0,200}) HTTP/1\.1")
_STATEMENT = re.compile(r"/statements/([0-9A-Za-z_-]{1,34})/([0-9]{4}-[0-9]{2}-[0-9]{2})")
# Only this machine may be told: a simulator calls nobody else.
_ADDRESS = re.compile(r"http://(127\.0\.0\.1|localhost|\[::1\]):[0-9]{1,5}/[\x21-\x7e]{0,200}")
_POSTED = frozenset({"/payments", "/callback"})
_PAYMENT = re.compile(r"/payments/([0-9A-Za-z_]{1,35})")
_KINDS = {b"<": "application/xml", b"{": "application/json"}
_LENGTH = re.compile(r"[0-9]{1,9}")


class BadRequest(ValueError):
    """A request that ends its connection; carries the status to say so."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


@dataclass(frozen=True, slots=True)
class Request:
    """A whole request."""

    method: str
    path: str
    body: bytes


class Door:
    """Serves the bank; a silent answer holds its connection for `hold_s`, then closes it."""

    def __init__(self, bank: Bank, hold_s: float, messenger: Messenger | None = None) -> None:
        self._bank = bank
        self._messenger = messenger
        self._hold_s = hold_s
        self._open = 0

    async def listen(self, host: str, port: int) -> asyncio.Server:
        """Begin to serve; port 0 takes a free one."""
        return await asyncio.start_server(self._serve, host, port, limit=HEAD_BYTES_MAX)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open += 1
        try:
            if self._open > CONNECTIONS_MAX:
                writer.write(_answer(Reply(503), is_last=True))
            else:
                await self._converse(reader, writer)
            await writer.drain()
        except (OSError, TimeoutError, asyncio.IncompleteReadError):
            pass  # the caller has gone, or says nothing: nobody to answer
        finally:
            self._open -= 1
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            try:
                async with asyncio.timeout(IDLE_S):
                    request = await read_request(reader)
            except BadRequest as fault:
                writer.write(_answer(Reply(fault.status), is_last=True))
                return
            reply = self._route(request)
            if reply.is_silent:
                await asyncio.sleep(0 if reply.is_cut else self._hold_s)
                return
            writer.write(_answer(reply, is_last=False))
            await writer.drain()

    def _route(self, request: Request) -> Reply:
        wanted = "POST" if request.path in _POSTED else "GET"
        if request.method != wanted:
            return Reply(405)
        if request.path == "/payments":
            return self._bank.take(request.body)
        if request.path == "/callback":
            return self._register(request)
        return self._look(request.path)

    def _look(self, path: str) -> Reply:
        if path == "/totals":
            return self._bank.totals()
        if asked := _PAYMENT.fullmatch(path):
            return self._bank.tell(asked[1])
        if asked := _STATEMENT.fullmatch(path):
            return self._statement(asked[1], asked[2])
        return Reply(404)

    def _statement(self, account: str, day: str) -> Reply:
        try:
            return self._bank.statement(account, date.fromisoformat(day))
        except ValueError:
            return Reply(404)

    def _register(self, request: Request) -> Reply:
        """Take the address that notices are sent to; the newest counts."""
        address = request.body.decode("latin-1")
        if self._messenger is None or _ADDRESS.fullmatch(address) is None:
            return Reply(400, b"an address on this machine, and a secret given at the start")
        self._messenger.address = address
        return Reply(204)


async def read_request(reader: asyncio.StreamReader) -> Request:
    """Read one request. Raises BadRequest; IncompleteReadError when the caller has gone."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.LimitOverrunError:
        raise BadRequest(431) from None
    line, *fields = head.decode("latin-1").removesuffix("\r\n\r\n").split("\r\n")
    asked = _REQUEST.fullmatch(line)
    if asked is None:
        raise BadRequest(400)
    length = _body_length(fields)
    return Request(asked[1], asked[2], await reader.readexactly(length))


def _body_length(fields: list[str]) -> int:
    lengths = []
    for field in fields:
        name, colon, value = field.partition(":")
        if not colon or name != name.strip() or not name:
            raise BadRequest(400)
        if name.lower() == "transfer-encoding":
            raise BadRequest(411)
        if name.lower() == "content-length":
            lengths.append(value.strip())
    if not lengths:
        return 0
    if len(lengths) > 1 or _LENGTH.fullmatch(lengths[0]) is None:
        raise BadRequest(400)
    if int(lengths[0]) > BODY_BYTES_MAX:
        raise BadRequest(413)
    return int(lengths[0])


def _answer(reply: Reply, *, is_last: bool) -> bytes:
    kind = _KINDS.get(reply.body[:1], "text/plain; charset=utf-8")
    head = (
        f"HTTP/1.1 {reply.status} {HTTPStatus(reply.status).phrase}\r\n"
        f"content-type: {kind}\r\ncontent-length: {len(reply.body)}\r\nx-simulator: bank\r\n"
        f"connection: {'close' if is_last else 'keep-alive'}\r\n\r\n"
    )
    return head.encode() + reply.body
