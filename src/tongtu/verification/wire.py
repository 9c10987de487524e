"""One signed exchange with somebody outside: bounded in time and size, both ways signed."""

from __future__ import annotations

import asyncio
import hmac

import httpx

from tongtu.runtime.api import Runtime
from tongtu.verification.flow.authority import NoAnswer
from tongtu.verification.rules.answer import ANSWER_BYTES_MAX, BadAnswer, sign

TIMEOUT_S = 3.0
TIME, SIGNATURE = "x-tongtu-time", "x-tongtu-signature"


class SignedWire:
    """A line to an address, and the secret that both sides sign by."""

    def __init__(self, runtime: Runtime, url: str, secret: bytes) -> None:
        self._runtime = runtime
        self._secret = secret
        self._client = httpx.AsyncClient(base_url=url, timeout=TIMEOUT_S, trust_env=False)

    async def post(self, path: str, body: bytes) -> bytes:
        """Return the answer as it came. Raises NoAnswer; BadAnswer: it is not the other side's."""
        time = str(int(self._runtime.clock.now().timestamp()))
        asked = sign(self._secret, time, body)
        headers = {TIME: time, SIGNATURE: asked}
        try:
            async with (
                asyncio.timeout(TIMEOUT_S),  # httpx bounds each read, not the whole
                self._client.stream("POST", path, content=body, headers=headers) as answer,
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
        # The answer's signature holds the question's: another one's answer is no answer.
        wanted = sign(self._secret, f"{said[0]}\n{asked}", content)
        if not hmac.compare_digest(wanted, said[1]):
            raise BadAnswer("an answer is not signed by the other side")
        return content

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()
