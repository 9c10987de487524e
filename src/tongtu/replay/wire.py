"""HTTP to one address over kept connections: cheap enough that a replay measures the platform.

An answer that is cut off or too late is lost; whoever asked decides what then.
"""

from __future__ import annotations

from dataclasses import dataclass

import aiohttp

ANSWER_TIMEOUT_S = 30.0


class Lost(ConnectionError):
    """No whole answer came: the effect of the request is unknown."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer."""

    status: int
    kind: str  # its content type
    body: bytes


class Wire:
    """Connections to one address; each carries one request at a time, the next in line waits.

    Made inside a running loop.
    """

    def __init__(self, url: str, connections_max: int) -> None:
        self._url = url
        # A request's patience begins when it has a connection: a long line is no lost answer.
        patience = aiohttp.ClientTimeout(total=None, sock_connect=ANSWER_TIMEOUT_S,
                                         sock_read=ANSWER_TIMEOUT_S)  # fmt: skip
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=connections_max),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=patience,
        )

    async def close(self) -> None:
        """Close every connection."""
        await self._session.close()

    async def exchange(
        self, method: str, path: str, headers: dict[str, str], body: bytes | None
    ) -> Answer:
        """Send one request and return its answer. Raises Lost."""
        if body is not None:
            headers = headers | {"content-type": "application/json"}
        try:
            async with self._session.request(
                method, self._url + path, headers=headers, data=body, allow_redirects=False
            ) as answer:
                return Answer(answer.status, answer.content_type, await answer.read())
        except (aiohttp.ClientError, OSError, TimeoutError) as fault:
            raise Lost(f"{method} {path}: {type(fault).__name__}") from fault
