"""An HTTP client of the platform that a restart of the server does not stop.

A request whose answer was lost is sent again with the same Idempotency-Key, so it has one effect.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

import httpx

from tongtu.kernel.errors import BadInput, TongtuError

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
        limits = httpx.Limits(max_connections=concurrency, max_keepalive_connections=concurrency)
        self._http = httpx.AsyncClient(
            base_url=url, limits=limits, timeout=httpx.Timeout(30, pool=None), trust_env=False
        )
        self.counters = Counters()

    async def close(self) -> None:
        """Close all connections."""
        await self._http.aclose()

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
        pause_s = RETRY_PAUSE_S
        for _ in range(RETRY_TRIES_MAX):
            self.counters.requests += 1
            try:
                answer = await self._http.request(method, path, json=body, headers=headers)
            except httpx.TransportError:
                answer = None
            if answer is not None and answer.status_code not in RETRYABLE:
                return self._read(answer)
            self.counters.retries += 1
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, RETRY_PAUSE_MAX_S)
        raise Unexpected(f"{method} {path}: no answer", code="no_answer")

    def _read(self, answer: httpx.Response) -> Any:
        kind = answer.headers.get("content-type", "")
        if answer.is_success:
            return answer.json() if "json" in kind else answer.content
        problem = answer.json() if "json" in kind else {}
        code = str(problem.get("code", answer.status_code))
        self.counters.errors[code] = self.counters.errors.get(code, 0) + 1
        raise Unexpected(
            f"{answer.request.method} {answer.request.url.path}: {answer.status_code} "
            f"{code} {problem.get('detail', '')}",
            code=code,
        )


def check_url(url: str) -> str:
    """Return the address without a trailing slash. Raises BadInput for anything but http(s)."""
    if not url.startswith(("http://", "https://")):
        raise BadInput("the platform's address begins with http:// or https://")
    return url.rstrip("/")
