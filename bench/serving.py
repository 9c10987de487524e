"""The HTTP side of `tongtu serve` without a database, as the benches run it in a process."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any

from tongtu.channels.rest.api import Parts
from tongtu.kernel.ids import IdSource, PublicIds
from tongtu.main.serve import serve_http
from tongtu.runtime.api import (
    Keys,
    Runtime,
    Settings,
    SystemClock,
    SystemEntropy,
    system_ms,
    until_stopped,
)

BACKLOG = 2_048
KEY = b"k" * 32  # whoever loads a server seals its callers' tokens with it


async def ready() -> dict[str, str]:
    """Check nothing: there is nothing behind."""
    return {}


def runtime_of(lane_connection: Callable[[], Awaitable[Any]] | None) -> Runtime:
    """Return the real runtime over a database that only lanes ask, by this connection."""
    keys = Keys(KEY, SystemEntropy())
    database: Any = SimpleNamespace(lane_connection=lane_connection)
    return Runtime(
        settings=Settings(),
        database=database,
        clock=SystemClock(),
        ids=IdSource(system_ms),
        public=PublicIds(keys.derive("public")),
        keys=keys,
        entropy=SystemEntropy(),
    )


async def serve(parts: Parts, port: int) -> None:
    """Serve on this machine until a signal."""
    listener = socket.create_server(("127.0.0.1", port), backlog=BACKLOG)
    listener.setblocking(False)
    async with until_stopped() as stop:
        served = asyncio.create_task(serve_http(parts, listener))
        await stop.wait()
        parts.stopping.set()
        await served
