"""A licensed verifier over HTTP: questions and answers both signed by a shared secret."""

from __future__ import annotations

import asyncio
import hmac
import json
from collections.abc import Mapping

import httpx

from tongtu.runtime.api import Runtime
from tongtu.verification.flow.authority import NoAnswer, Service
from tongtu.verification.rules.answer import ANSWER_BYTES_MAX, BadAnswer, sign

TIMEOUT_S = 3.0
TIME, SIGNATURE = "x-tongtu-time", "x-tongtu-signature"


class HttpAuthority:
    """An `IdentityAuthority` at an address.

    It says that it saw a living person only where whoever set it up says it is certified for that.
    """

    name = "authority"

    def __init__(
        self, runtime: Runtime, url: str, secret: bytes, *, is_certified: bool = False
    ) -> None:
        self.is_certified = is_certified
        self._runtime = runtime
        self._secret = secret
        self._client = httpx.AsyncClient(base_url=url, timeout=TIMEOUT_S, trust_env=False)

    async def check(self, question: int, service: Service, elements: Mapping[str, str]) -> bytes:
        """Return the answer as it came. Raises NoAnswer, BadAnswer."""
        body = json.dumps(
            {"question": str(question), "service": service.value, "elements": dict(elements)}
        ).encode()
        time = str(int(self._runtime.clock.now().timestamp()))
        headers = {TIME: time, SIGNATURE: sign(self._secret, time, body)}
        try:
            async with (
                asyncio.timeout(TIMEOUT_S),  # httpx bounds each read, not the whole
                self._client.stream("POST", "/checks", content=body, headers=headers) as answer,
            ):
                if answer.status_code != httpx.codes.OK:
                    raise NoAnswer
                content = b""
                async for part in answer.aiter_bytes():
                    content += part
                    if len(content) > ANSWER_BYTES_MAX:
                        break  # too large to be an answer: it will be found malformed
                said = answer.headers.get(TIME, ""), answer.headers.get(SIGNATURE, "")
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as fault:
            raise NoAnswer from fault
        if not hmac.compare_digest(sign(self._secret, said[0], content), said[1]):
            raise BadAnswer("an answer is not signed by the authority")
        return content

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()
