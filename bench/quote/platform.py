"""The HTTP side of `tongtu serve` over a book of fifty products and twenty lenders, no database.

Run as a process: `python -m bench.quote.platform PORT`.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

import uvloop
from bench.quote.book import write
from bench.serving import ready, runtime_of, serve

from tongtu.channels.rest.api import Parts
from tongtu.checkout.api import load_merchants
from tongtu.identity.api import Doorkeeper
from tongtu.policy.api import Pack


async def main(port: int) -> None:
    nothing: Any = None
    runtime = runtime_of(None)
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
        readiness=ready,
        version="0",
        instance="quote",
        merchants=load_merchants(),
    )
    await serve(parts, port)


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[-1])))
