"""The HTTP side of `tongtu serve` over a book of fifty products and twenty lenders, no database.

Run as a process: `python -m bench.quote.platform PORT`.
"""

from __future__ import annotations

import asyncio
import socket
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import uvloop
from bench.quote.book import write

from tongtu.channels.rest.api import Parts
from tongtu.checkout.api import load_merchants
from tongtu.identity.api import Doorkeeper
from tongtu.kernel.ids import IdSource, PublicIds
from tongtu.main.serve import serve_http
from tongtu.policy.api import Pack
from tongtu.runtime.api import (
    Keys,
    Runtime,
    Settings,
    SystemClock,
    SystemEntropy,
    system_ms,
    until_stopped,
)


async def _ready() -> dict[str, str]:
    return {}


async def main(port: int) -> None:
    keys = Keys(b"k" * 32, SystemEntropy())
    nothing: Any = SimpleNamespace(lane_connection=None)
    runtime = Runtime(
        settings=Settings(),
        database=nothing,
        clock=SystemClock(),
        ids=IdSource(system_ms),
        public=PublicIds(keys.derive("public")),
        keys=keys,
        entropy=SystemEntropy(),
    )
    with tempfile.TemporaryDirectory() as folder:
        catalogue, book = write(Path(folder))
    parts = Parts(
        runtime=runtime,
        doorkeeper=Doorkeeper(runtime),
        pack=Pack.load("cn/2026.08"),
        catalogue=catalogue,
        book=book,
        press=nothing,
        live=nothing,
        readiness=_ready,
        version="0",
        instance="quote",
        merchants=load_merchants(),
    )
    listener = socket.create_server(("127.0.0.1", port), backlog=2_048)
    listener.setblocking(False)
    async with until_stopped() as stop:
        served = asyncio.create_task(serve_http(parts, listener))
        await stop.wait()
        parts.stopping.set()
        await served


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[-1])))
