"""A licensed verifier over HTTP."""

from __future__ import annotations

import json
from collections.abc import Mapping

from tongtu.runtime.api import Runtime
from tongtu.verification.flow.authority import Service
from tongtu.verification.wire import SignedWire


class HttpAuthority:
    """An `IdentityAuthority` at an address.

    It says that it saw a living person only where whoever set it up says it is certified for that.
    """

    name = "authority"

    def __init__(
        self, runtime: Runtime, url: str, secret: bytes, *, is_certified: bool = False
    ) -> None:
        self.is_certified = is_certified
        self._wire = SignedWire(runtime, url, secret)

    async def check(self, question: int, service: Service, elements: Mapping[str, str]) -> bytes:
        """Return the answer as it came. Raises NoAnswer, BadAnswer."""
        asked = {"question": str(question), "service": service.value, "elements": dict(elements)}
        return await self._wire.post("/checks", json.dumps(asked).encode())

    async def close(self) -> None:
        """Close the connections."""
        await self._wire.close()
