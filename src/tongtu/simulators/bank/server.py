"""A tiny HTTP/1.1 server around the book. One connection is one customer; bounds on everything."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from dataclasses import dataclass, replace

from tongtu.simulators.bank.book import CLOSED, Book, Entry, Order, Status
from tongtu.simulators.bank.message import read_order, write_status
from tongtu.simulators.bank.mischief import Mischief

BODY_MAX = 65_536
HEAD_MAX = 8_192
IDLE_S = 60
DUPLICATION = "AM05"
_WORDS = {200: "OK", 400: "Bad Request", 404: "Not Found", 413: "Too Large"}


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer; None instead of one is silence."""

    status: int
    body: bytes = b""
    kind: str = "application/xml"


class Bank:
    """Answers payments from its book, as honestly as its mischief lets it."""

    def __init__(self, book: Book, mischief: Mischief, late_s: float = 1.0) -> None:
        self.book = book
        self._mischief = mischief
        self._late_s = late_s
        self._occasions: Counter[str] = Counter()
        self._doubted: set[str] = set()

    def pay(self, order: Order) -> Reply | None:
        """Take a payment; the same id again is answered, not executed."""
        number = order.end_to_end_id
        known = self.book.find(number)
        if known is not None:
            if number in self._doubted:
                doubt = replace(known, status=Status.REJECTED, reason=DUPLICATION)
                return Reply(200, write_status(doubt))
            if known.order != order:
                return Reply(400)
            return Reply(200, write_status(known))
        if self._strikes("timeout_before_effect", number):
            return None
        entry = self._execute(order)
        if self._strikes("timeout_after_effect", number):
            return None
        return Reply(200, write_status(entry))

    def status(self, number: str) -> Reply | None:
        """Say what became of a payment."""
        entry = self.book.find(number)
        if entry is None:
            return Reply(404)
        if number not in self._doubted and self._strikes("duplicate", number):
            self._doubted.add(number)
            return Reply(404)
        return Reply(200, write_status(entry))

    def settle_pending(self) -> None:
        """Settle what a former process took and did not finish."""
        for order in self.book.pending():
            self._settle_later(order)

    def _execute(self, order: Order) -> Entry:
        if self._strikes("refuse", order.end_to_end_id):
            return self.book.refuse(order, CLOSED)
        if self._strikes("late", order.end_to_end_id):
            entry = self.book.hold(order)
            self._settle_later(order)
            return entry
        return self.book.settle(order)

    def _settle_later(self, order: Order) -> None:
        asyncio.get_running_loop().call_later(self._late_s, self.book.settle, order)

    def _strikes(self, fault: str, number: str) -> bool:
        name = f"{fault}/{number}"
        self._occasions[name] += 1
        return self._mischief.strikes(fault, number, self._occasions[name])


async def serve(bank: Bank, host: str, port: int) -> asyncio.Server:
    """Listen; port 0 takes a free one."""
    bank.settle_pending()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await _exchange(bank, reader, writer):
                pass
        except (ConnectionError, TimeoutError, asyncio.IncompleteReadError, ValueError):
            pass  # the customer went away or talks nonsense: hang up
        finally:
            writer.close()

    return await asyncio.start_server(talk, host, port, limit=HEAD_MAX)


async def _exchange(bank: Bank, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
    try:
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), IDLE_S)
    except asyncio.LimitOverrunError:
        return False
    lines = head.decode("latin-1").split("\r\n")
    method, path, _ = lines[0].split(" ", 2)
    headers = {k.strip().lower(): v.strip() for k, _, v in (line.partition(":") for line in lines)}
    length = int(headers.get("content-length", "0"))
    if not 0 <= length <= BODY_MAX:
        writer.write(_frame(Reply(413)))
        await writer.drain()
        return False
    body = await asyncio.wait_for(reader.readexactly(length), IDLE_S)
    reply = _route(bank, method, path, body)
    if reply is None:
        return False  # silence: the customer learns nothing
    writer.write(_frame(reply))
    await writer.drain()
    return headers.get("connection", "").lower() != "close"


def _route(bank: Bank, method: str, path: str, body: bytes) -> Reply | None:
    match (method, path.strip("/").split("/")):
        case ("POST", ["payments"]):
            try:
                order = read_order(body)
            except ValueError as fault:
                return Reply(400, str(fault).encode(), "text/plain")
            return bank.pay(order)
        case ("GET", ["payments", number]):
            return bank.status(number)
        case ("GET", ["accounts", account]):
            told = {"account": account, "balance_minor": bank.book.balance_minor(account)}
            return Reply(200, json.dumps(told).encode(), "application/json")
        case ("GET", ["totals"]):
            return Reply(200, json.dumps(bank.book.totals()).encode(), "application/json")
        case _:
            return Reply(404)


def _frame(reply: Reply) -> bytes:
    head = (
        f"HTTP/1.1 {reply.status} {_WORDS[reply.status]}\r\n"
        f"content-type: {reply.kind}\r\ncontent-length: {len(reply.body)}\r\n"
        "x-simulator: tongtu bank simulator; no money moves here\r\n\r\n"
    )
    return head.encode() + reply.body
