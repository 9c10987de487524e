"""The rail: the ports to a bank, and their ISO 20022 adapter over HTTP.

An adapter never raises: whatever is not a clear yes or no is `unknown`, to be asked about later; a
statement that is not whole is none.
"""

from __future__ import annotations

import asyncio
from datetime import date, datetime
from typing import Protocol

import httpx

from tongtu.payments.matching import Statement
from tongtu.payments.message import read_status, write_payment
from tongtu.payments.model import Answer, Saying, Wire
from tongtu.payments.reader import BadMessage
from tongtu.payments.statement import read_statement
from tongtu.runtime.api import get_logger

CONNECT_TIMEOUT_S = 2.0
ANSWER_TIMEOUT_S = 5.0
# One question and its answer, from the first byte to the last, however slowly they come.
EXCHANGE_TIMEOUT_S = 10.0
CONNECTIONS_MAX = 32
ANSWER_BYTES_MAX = 65_536
# Ten thousand entries of some 1,500 bytes.
STATEMENT_BYTES_MAX = 16 * 2**20
XML = "application/xml"
log = get_logger("payments")


class Rail(Protocol):
    """A way to move money. The same `end_to_end_id` moves it once, however often it is sent."""

    async def pay(self, wire: Wire, at: datetime) -> Answer:
        """Send the payment; `at` is the instant its message carries."""
        ...

    async def status(self, end_to_end_id: str) -> Answer:
        """Ask what became of a payment."""
        ...


class BankBooks(Protocol):
    """What a bank's books say of an account."""

    async def statement(self, account: str, day: date) -> Statement | None:
        """Return a day of an account as it stands now; None when the bank gives no whole one."""
        ...


class IsoRail:
    """pain.001 (payout) and pain.008 (collection) out, pacs.002 back; camt.053 when asked."""

    def __init__(
        self,
        url: str,
        *,
        timeout_s: float = ANSWER_TIMEOUT_S,
        exchange_s: float = EXCHANGE_TIMEOUT_S,
    ) -> None:
        # The worker's lease is reckoned from the constant: nobody waits longer.
        self._exchange_s = min(exchange_s, EXCHANGE_TIMEOUT_S)
        self._client = httpx.AsyncClient(
            base_url=url,
            timeout=httpx.Timeout(timeout_s, connect=min(timeout_s, CONNECT_TIMEOUT_S)),
            limits=httpx.Limits(max_connections=CONNECTIONS_MAX),
            headers={"content-type": XML, "accept": XML},
            trust_env=False,  # a proxy of the environment has no business with payments
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def pay(self, wire: Wire, at: datetime) -> Answer:
        return await self._ask("/payments", wire.end_to_end_id, write_payment(wire, at))

    async def status(self, end_to_end_id: str) -> Answer:
        return await self._ask(f"/payments/{end_to_end_id}", end_to_end_id, None)

    async def statement(self, account: str, day: date) -> Statement | None:
        path = f"/statements/{account}/{day.isoformat()}"
        try:
            status, content = await self._exchange(path, None, STATEMENT_BYTES_MAX)
            if status != httpx.codes.OK:
                return None
            return read_statement(content, account, day)
        except (httpx.HTTPError, TimeoutError, BadMessage) as fault:
            log.warning("no_statement", account=account, day=day.isoformat(), reason=str(fault))
            return None

    async def _ask(self, path: str, end_to_end_id: str, body: bytes | None) -> Answer:
        try:
            status, content = await self._exchange(path, body, ANSWER_BYTES_MAX)
            # 404 counts only with the bank's own words: a wrong address may say it, too.
            if status not in (httpx.codes.OK, httpx.codes.NOT_FOUND):
                return Answer(Saying.UNKNOWN, f"http {status}")
            return read_status(content, end_to_end_id)
        except (httpx.HTTPError, TimeoutError) as fault:
            return Answer(Saying.UNKNOWN, type(fault).__name__)
        except BadMessage as fault:
            return Answer(Saying.UNKNOWN, str(fault)[:100])

    async def _exchange(self, path: str, body: bytes | None, bytes_max: int) -> tuple[int, bytes]:
        """Return status and content of one exchange. Raises BadMessage beyond the bound."""
        method = "GET" if body is None else "POST"
        async with (
            asyncio.timeout(self._exchange_s),
            self._client.stream(method, path, content=body) as reply,
        ):
            content = bytearray()
            async for piece in reply.aiter_bytes():
                content += piece
                if len(content) > bytes_max:
                    raise BadMessage("an answer beyond its bound")
        return reply.status_code, bytes(content)
