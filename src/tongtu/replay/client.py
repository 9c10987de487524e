"""An HTTP client of the platform that a restart of the server does not stop.

A request whose answer was lost is sent again with the same Idempotency-Key, so it has one effect.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

import msgspec

from tongtu.kernel.errors import BadInput, TongtuError
from tongtu.replay.wire import Answer, Lost, Wire

RETRY_PAUSE_S = 0.2
RETRY_PAUSE_MAX_S = 2.0
RETRY_TRIES_MAX = 90
RETRYABLE = {429, 502, 503, 504}


class Unexpected(TongtuError):
    """The platform answered something the replay did not ask for."""

    default_code = "unexpected_answer"


@dataclass(slots=True)
class Counters:
    """What happened on the wire, printed with the result."""

    requests: int = 0
    retries: int = 0
    errors: dict[str, int] = field(default_factory=dict)


class Platform:
    """The platform's address with one connection pool."""

    def __init__(self, url: str, concurrency: int) -> None:
        self._wire = Wire(url, concurrency)
        self.counters = Counters()

    async def close(self) -> None:
        """Close all connections."""
        await self._wire.close()

    async def ask(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        token: str | None = None,
        key: str | None = None,
    ) -> Any:
        """Send one request and return its JSON (or bytes, for a document).

        Raises:
            Unexpected: the platform refused; `code` is the problem's code.
        """
        headers = {}
        if token is not None:
            headers["authorization"] = f"Bearer {token}"
        if key is not None:
            headers["idempotency-key"] = key
        content = None if body is None else msgspec.json.encode(body)
        pause_s = RETRY_PAUSE_S
        for _ in range(RETRY_TRIES_MAX):
            self.counters.requests += 1
            try:
                answer = await self._wire.exchange(method, path, headers, content)
            except Lost:
                answer = None
            if answer is not None and answer.status not in RETRYABLE:
                return self._read(answer, f"{method} {path.partition('?')[0]}")
            self.counters.retries += 1
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, RETRY_PAUSE_MAX_S)
        raise Unexpected(f"{method} {path}: no answer", code="no_answer")

    def _read(self, answer: Answer, asked: str) -> Any:
        is_json = "json" in answer.kind
        if 200 <= answer.status < 300:
            return msgspec.json.decode(answer.body) if is_json else answer.body
        problem = msgspec.json.decode(answer.body) if is_json else {}
        code = str(problem.get("code", answer.status))
        self.counters.errors[code] = self.counters.errors.get(code, 0) + 1
        raise Unexpected(f"{asked}: {answer.status} {code} {problem.get('detail', '')}", code=code)


def check_url(url: str) -> str:
    """Return the address without a trailing slash. Raises BadInput for anything but http(s)."""
    if not url.startswith(("http://", "https://")):
        raise BadInput("the platform's address begins with http:// or https://")
    return url.rstrip("/")
