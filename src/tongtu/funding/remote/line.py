"""The line to a remote lender: a signed request over HTTP, bounded in time and size."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tongtu.funding.rules.paper import CMS_BYTES_MAX
from tongtu.funding.rules.remote import ANSWER_BYTES_MAX
from tongtu.funding.rules.signature import Act, Signed, sign, text_of
from tongtu.kernel.gm import Sm2Private
from tongtu.runtime.api import Keys

# One exchange; a lender that needs longer is asked again, or sends its answer by itself.
TIMEOUT_S = 3.0
KEY, TIME, SIGNATURE = "x-tongtu-key", "x-tongtu-time", "x-tongtu-signature"
# With the setting `gm`: the platform's SM2 signature over the same bytes, beside the other.
SM2 = "x-tongtu-sm2"


class NoAnswer(Exception):
    """The lender did not answer now: whether it heard, nobody knows, so it is asked again."""


def platform_key(keys: Keys) -> Ed25519PrivateKey:
    """Return the key that the platform signs what it asks lenders by."""
    return Ed25519PrivateKey.from_private_bytes(keys.derive("lender_requests"))


class LenderLine(Protocol):
    """A remote lender, as far as the platform knows one."""

    async def ask(self, request: str, body: bytes, at: datetime) -> tuple[Signed, bytes]:
        """Return the answer's signature and body as they came. Raises NoAnswer."""
        ...

    async def say(
        self, path: str, act: Act, said: tuple[str, bytes], at: datetime
    ) -> tuple[Signed, bytes]:
        """Return what comes to (subject, body) at a path, as it came. Raises NoAnswer."""
        ...


class HttpLine:
    """A `LenderLine` at an address; the platform signs what it asks."""

    def __init__(
        self,
        url: str,
        private: Ed25519PrivateKey,
        timeout_s: float = TIMEOUT_S,
        sm2: Sm2Private | None = None,
    ) -> None:
        self._private = private
        self._sm2 = sm2
        self._timeout_s = timeout_s
        self._client = httpx.AsyncClient(base_url=url, timeout=timeout_s, trust_env=False)

    async def ask(self, request: str, body: bytes, at: datetime) -> tuple[Signed, bytes]:
        """Return the answer's signature and body as they came. Raises NoAnswer."""
        return await self.say("/offers", Act.ASK, (request, body), at)

    async def say(
        self, path: str, act: Act, said: tuple[str, bytes], at: datetime
    ) -> tuple[Signed, bytes]:
        """Return what comes to (subject, body) at a path, as it came. Raises NoAnswer."""
        subject, body = said
        signed = sign(self._private, act, subject, body, at)
        most = ANSWER_BYTES_MAX if act is Act.ASK else 2 * CMS_BYTES_MAX
        headers = {
            "content-type": "application/json",
            KEY: signed.key,
            TIME: signed.time,
            SIGNATURE: signed.signature,
        }
        if self._sm2 is not None:
            text = text_of(act, subject, signed, body)
            headers[SM2] = b64encode(self._sm2.sign(text)).decode()
        try:
            async with (
                asyncio.timeout(self._timeout_s),  # httpx bounds each read, not the whole
                self._client.stream("POST", path, content=body, headers=headers) as answer,
            ):
                if answer.status_code != httpx.codes.OK:
                    raise NoAnswer
                content = b""
                async for part in answer.aiter_bytes():
                    content += part
                    if len(content) > most:
                        break  # too large to be an answer: it will be found malformed
                return signed_of(answer.headers), content
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as fault:
            raise NoAnswer from fault

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()


def signed_of(headers: Mapping[str, str]) -> Signed:
    """Return the three headers, empty where they are missing."""
    return Signed(headers.get(KEY, ""), headers.get(TIME, ""), headers.get(SIGNATURE, ""))
