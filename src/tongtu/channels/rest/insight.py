"""GET /v1/insight/live and its stream: the platform at one moment, each second."""

from __future__ import annotations

from collections.abc import AsyncIterator

import msgspec
from litestar import get
from litestar.response import Stream

from tongtu.channels.rest.auth import allow
from tongtu.channels.rest.given import GivenParts
from tongtu.channels.rest.parts import Parts
from tongtu.identity.api import Role
from tongtu.insight.api import Live
from tongtu.kernel.errors import Overloaded

PAUSE_S = 1.0
STREAMS_MAX = 200
# A stream ends by itself, so that a role that was taken away does not look on for ever; the
# browser's EventSource and our own client open it again.
SECONDS_MAX = 600
_MAY_LOOK = allow(Role.ANALYST, Role.OPERATOR, Role.REGULATOR)


@get("/v1/insight/live", opt=_MAY_LOOK)
async def find_live(parts: GivenParts) -> Live:
    """Return the platform at one moment, at most a second old."""
    return await parts.live.now()


@get("/v1/insight/stream", opt=_MAY_LOOK)
async def stream_live(parts: GivenParts) -> Stream:
    """Send the same object each second as server-sent events named `live`."""
    if parts.streams >= STREAMS_MAX:
        raise Overloaded("too many people look on; please try again", retry_after_s=5)
    return Stream(
        _each_second(parts),
        media_type="text/event-stream",
        headers={"cache-control": "no-store", "x-accel-buffering": "no"},
    )


async def _each_second(parts: Parts) -> AsyncIterator[bytes]:
    parts.streams += 1
    try:
        for number in range(SECONDS_MAX):
            picture = msgspec.json.encode(await parts.live.now())
            yield b"event: live\nid: %d\ndata: %s\n\n" % (number, picture)
            if await parts.is_stopping_within(PAUSE_S):
                return
    finally:
        parts.streams -= 1


ROUTES = (find_live, stream_live)
