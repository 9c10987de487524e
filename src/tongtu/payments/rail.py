"""The rail: the port to a bank, and its ISO 20022 adapter over HTTP.

An adapter never raises: whatever is not a clear yes or no is `unknown`, to be asked about later.
"""

from __future__ import annotations

from typing import Protocol

import httpx

from tongtu.kernel.clock import Clock
from tongtu.payments.message import BadMessage, read_status, write_payment
from tongtu.payments.model import Answer, Saying, Wire

CONNECT_TIMEOUT_S = 2.0
ANSWER_TIMEOUT_S = 5.0
CONNECTIONS_MAX = 32
ANSWER_BYTES_MAX = 65_536
XML = "application/xml"


class Rail(Protocol):
    """A way to move money. The same `end_to_end_id` moves it once, however often it is sent."""

    async def pay(self, wire: Wire) -> Answer:
        """Send the payment."""
        ...

    async def status(self, end_to_end_id: str) -> Answer:
        """Ask what became of a payment."""
        ...


class Iso20022Rail:
    """pain.001 (payout) and pain.008 (collection) out, pain.002 back."""

    def __init__(self, url: str, clock: Clock, client: httpx.AsyncClient | None = None) -> None:
        self._clock = clock
        self._client = client or httpx.AsyncClient(
            base_url=url,
            timeout=httpx.Timeout(ANSWER_TIMEOUT_S, connect=CONNECT_TIMEOUT_S),
            limits=httpx.Limits(max_connections=CONNECTIONS_MAX),
            trust_env=False,  # a proxy of the environment has no business with payments
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def pay(self, wire: Wire) -> Answer:
        body = write_payment(wire, self._clock.now())
        return await self._ask("POST", "/payments", wire.end_to_end_id, body)

    async def status(self, end_to_end_id: str) -> Answer:
        return await self._ask("GET", f"/payments/{end_to_end_id}", end_to_end_id, None)

    async def _ask(self, method: str, path: str, end_to_end_id: str, body: bytes | None) -> Answer:
        try:
            headers = {"content-type": XML, "accept": XML}
            reply = await self._client.request(method, path, content=body, headers=headers)
        except httpx.HTTPError as fault:
            return Answer(Saying.UNKNOWN, reason=type(fault).__name__)
        if reply.status_code == httpx.codes.NOT_FOUND and method == "GET":
            return Answer(Saying.NOT_KNOWN)
        if reply.status_code != httpx.codes.OK or len(reply.content) > ANSWER_BYTES_MAX:
            return Answer(Saying.UNKNOWN, reason=f"http {reply.status_code}")
        try:
            return read_status(reply.content, end_to_end_id)
        except BadMessage as fault:
            return Answer(Saying.UNKNOWN, reason=str(fault)[:100])
