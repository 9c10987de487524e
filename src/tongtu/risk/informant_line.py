"""An outside party over HTTP. It is asked once; whether no answer means no query, nobody knows."""

from __future__ import annotations

import json

import httpx

from tongtu.risk.flow.asking import NoAnswer, Purpose
from tongtu.risk.rules.bureau import REPORT_BYTES_MAX

TIMEOUT_S = 3.0
# How the law's tables name a bureau with a licence; another is not asked (BUR-03, OUT-02).
LICENSED = "licensed_bureau"


class HttpInformant:
    """An `Informant` at an address."""

    def __init__(
        self, name: str, url: str, timeout_s: float = TIMEOUT_S, route: str = LICENSED
    ) -> None:
        self.name, self.route, self._url = name, route, url
        self._client = httpx.AsyncClient(timeout=timeout_s, trust_env=False)

    async def query(self, query: int, subject: str, purpose: Purpose) -> bytes:
        """Return the answer as it came. Raises NoAnswer."""
        asked = {"query": str(query), "subject": subject, "purpose": purpose.value}
        try:
            async with self._client.stream("POST", self._url, content=json.dumps(asked)) as answer:
                if answer.status_code != httpx.codes.OK:
                    raise NoAnswer
                content = b""
                async for part in answer.aiter_bytes():
                    content += part
                    if len(content) > REPORT_BYTES_MAX:
                        break  # too large to be an answer: it will be found malformed
                return content
        except httpx.HTTPError as fault:
            raise NoAnswer from fault

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()
