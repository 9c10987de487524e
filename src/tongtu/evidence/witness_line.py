"""The line to a witness: one signed checkpoint over HTTP, bounded in time and size."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Protocol

import httpx

from tongtu.witness.api import Shown, WitnessKey

# A witness on this machine answers in a millisecond, one abroad in half a second.
TIMEOUT_S = 2.0
ANSWER_BYTES_MAX = 4_096


class NoWord(Exception):
    """The witness did not answer now; it is asked again."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a witness answered."""

    status: int
    kind: str
    text: str


class WitnessLine(Protocol):
    """A witness, as far as the log knows one."""

    @property
    def key(self) -> WitnessKey:
        """Whose word it is."""
        ...

    async def show(self, shown: Shown) -> Said:
        """Show a checkpoint. Raises NoWord."""
        ...


class HttpWitness:
    """A `WitnessLine` at an address."""

    def __init__(self, key: WitnessKey, url: str, timeout_s: float = TIMEOUT_S) -> None:
        self._key = key
        self._timeout_s = timeout_s
        self._client = httpx.AsyncClient(base_url=url, timeout=timeout_s, trust_env=False)

    @property
    def key(self) -> WitnessKey:
        return self._key

    async def show(self, shown: Shown) -> Said:
        content = b""
        try:
            async with (
                asyncio.timeout(self._timeout_s),  # httpx bounds each read, not the whole
                self._client.stream(
                    "POST", "/add-checkpoint", content=shown.write().encode()
                ) as answer,
            ):
                async for part in answer.aiter_bytes():
                    content += part
                    if len(content) > ANSWER_BYTES_MAX:
                        raise NoWord
                kind = answer.headers.get("content-type", "")
                return Said(answer.status_code, kind, content.decode())
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, UnicodeDecodeError) as fault:
            raise NoWord from fault

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()
