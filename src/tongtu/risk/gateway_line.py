"""The licensed bureau over HTTP: deposits signed by a shared secret over time and raw body."""

from __future__ import annotations

import asyncio
import hmac
import json

import httpx

from tongtu.risk.flow.asking import NoAnswer
from tongtu.risk.flow.sharing import Deposit
from tongtu.runtime.api import Runtime

TIMEOUT_S = 3.0


class HttpGateway:
    """A `CreditGateway` at an address."""

    def __init__(
        self, runtime: Runtime, url: str, secret: bytes, timeout_s: float = TIMEOUT_S
    ) -> None:
        self._runtime = runtime
        self._timeout_s = timeout_s
        self._secret = secret
        self._client = httpx.AsyncClient(base_url=url, timeout=timeout_s, trust_env=False)

    async def deposit(self, deposit: Deposit) -> None:
        """Hand over. Raises NoAnswer."""
        receiver = deposit.receiver
        body = json.dumps(
            {
                "reference": deposit.reference,
                "lender": receiver.id,
                "keys": [key.hex() for key in receiver.keys],
                "purpose": deposit.purpose,
                "consent_version": deposit.consent_version,
                "expires_at": deposit.expires_at,
                "content": dict(deposit.content),
            },
            sort_keys=True,
        ).encode()
        time = str(int(self._runtime.clock.now().timestamp()))
        signature = hmac.digest(self._secret, f"{time}\n".encode() + body, "sha256").hex()
        headers = {"x-tongtu-time": time, "x-tongtu-signature": signature}
        try:
            async with asyncio.timeout(self._timeout_s):  # httpx bounds each read, not the whole
                answer = await self._client.post("/deposits", content=body, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as fault:
            raise NoAnswer from fault
        if answer.status_code != httpx.codes.NO_CONTENT:
            raise NoAnswer

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()
