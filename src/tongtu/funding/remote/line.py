"""The line to a remote lender: a signed request over HTTP, bounded in time and size."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tongtu.funding.rules.remote import ANSWER_BYTES_MAX
from tongtu.funding.rules.signature import Act, Signed, sign
from tongtu.runtime.api import Keys

# One exchange; a lender that needs longer is asked again, or sends its answer by itself.
TIMEOUT_S = 3.0
KEY, TIME, SIGNATURE = "x-tongtu-key", "x-tongtu-time", "x-tongtu-signature"


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


class HttpLine:
    """A `LenderLine` at an address; the platform signs what it asks."""

    def __init__(self, url: str, private: Ed25519PrivateKey, timeout_s: float = TIMEOUT_S) -> None:
        self._private = private
        self._timeout_s = timeout_s
        self._client = httpx.AsyncClient(base_url=url, timeout=timeout_s, trust_env=False)

    async def ask(self, request: str, body: bytes, at: datetime) -> tuple[Signed, bytes]:
        """Return the answer's signature and body as they came. Raises NoAnswer."""
        signed = sign(self._private, Act.ASK, request, body, at)
        headers = {
            "content-type": "application/json",
            KEY: signed.key,
            TIME: signed.time,
            SIGNATURE: signed.signature,
        }
        try:
            async with (
                asyncio.timeout(self._timeout_s),  # httpx bounds each read, not the whole
                self._client.stream("POST", "/offers", content=body, headers=headers) as answer,
            ):
                if answer.status_code != httpx.codes.OK:
                    raise NoAnswer
                content = b""
                async for part in answer.aiter_bytes():
                    content += part
                    if len(content) > ANSWER_BYTES_MAX:
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
