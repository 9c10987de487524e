"""The HTTP side of `tongtu serve` without its database: both doors over lanes that answer at once.

Protocol, gate, doors, decode, hashes and lanes are the real ones; what a lane would ask the
database is answered from memory. Run as a process: `python -m bench.shell.platform PORT`.
"""

from __future__ import annotations

import asyncio
import math
import socket
import sys
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import uvloop

from tongtu.channels.rest.api import Parts
from tongtu.identity.api import Doorkeeper
from tongtu.identity.flow.revocation import Revocations
from tongtu.kernel.ids import IdSource, PublicIds
from tongtu.main.serve import serve_http
from tongtu.origination.api import ApplyAnswer
from tongtu.runtime.api import (
    Keys,
    Lane,
    Runtime,
    Settings,
    SystemClock,
    SystemEntropy,
    latency,
    system_ms,
    until_stopped,
)

# As long as an answer with four offers.
ANSWER = ApplyAnswer(b'{"outcome":"offers","offers":"%s"}' % (b"x" * 1_500), is_replay=False)
KEY = b"k" * 32


class _Session:
    """What a lane asks of a connection when nothing goes wrong."""

    async def close(self, timeout: float) -> None:  # noqa: ASYNC109 - asyncpg's own name
        """Close nothing."""


async def _connect() -> Any:
    return _Session()


class _NoneEnded(Revocations):
    """Knows that no token was ended."""

    async def look(self) -> None:
        self._good_until_s = math.inf


async def _decide(_: Any, requests: Sequence[Any]) -> list[ApplyAnswer]:
    return [ANSWER] * len(requests)


async def _ready() -> dict[str, str]:
    return {}


async def main(port: int) -> None:
    keys = Keys(KEY, SystemEntropy())
    database: Any = SimpleNamespace(lane_connection=_connect)
    runtime = Runtime(
        settings=Settings(),
        database=database,
        clock=SystemClock(),
        ids=IdSource(system_ms),
        public=PublicIds(keys.derive("public")),
        keys=keys,
        entropy=SystemEntropy(),
    )
    doorkeeper = Doorkeeper(runtime)
    doorkeeper.revocations = _NoneEnded(runtime)
    lane: Lane[Any, Any] = Lane("shell", _connect, _decide)
    nothing: Any = None
    decisions: Any = lane
    live: Any = SimpleNamespace(decided=latency("apply").observe)
    parts = Parts(
        runtime=runtime,
        doorkeeper=doorkeeper,
        pack=nothing,
        catalogue=nothing,
        book=nothing,
        press=nothing,
        live=live,
        readiness=_ready,
        version="0",
        instance="shell",
        decisions=decisions,
    )
    await doorkeeper.start()
    await lane.start()
    listener = socket.create_server(("127.0.0.1", port), backlog=2_048)
    listener.setblocking(False)
    async with until_stopped() as stop:
        served = asyncio.create_task(serve_http(parts, listener))
        await stop.wait()
        parts.stopping.set()
        await served
    await lane.stop()
    await doorkeeper.stop()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[-1])))
