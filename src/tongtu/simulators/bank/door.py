"""The bank's HTTP/1.1 door: every length bounded, silence where the bank is silent."""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus

from tongtu.simulators.bank.bank import SILENCE, Bank, Reply

HEAD_BYTES_MAX = 8_192
BODY_BYTES_MAX = 65_536
CONNECTIONS_MAX = 256
IDLE_S = 60.0
_REQUEST = re.compile(r"(GET|POST) (/[\x21-\x7e]{0,200}) HTTP/1\.1")
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

    def __init__(self, bank: Bank, hold_s: float) -> None:
        self._bank = bank
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
            if reply is SILENCE:
                await asyncio.sleep(self._hold_s)
                return
            writer.write(_answer(reply, is_last=False))
            await writer.drain()

    def _route(self, request: Request) -> Reply:
        if request.path == "/payments":
            return self._bank.take(request.body) if request.method == "POST" else Reply(405)
        if request.path == "/totals":
            return self._bank.totals() if request.method == "GET" else Reply(405)
        asked = _PAYMENT.fullmatch(request.path)
        if asked is None:
            return Reply(404)
        return self._bank.tell(asked[1]) if request.method == "GET" else Reply(405)


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
