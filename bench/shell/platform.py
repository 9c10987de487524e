"""The HTTP side of `tongtu serve` without its database: both doors over lanes that answer at once.

Protocol, gate, doors, decode, hashes and lanes are the real ones; what a lane would ask the
database is answered from memory. Run as a process: `python -m bench.shell.platform PORT`.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import uvloop
from bench.serving import ready, runtime_of, serve

from tongtu.channels.rest.api import Parts
from tongtu.identity.api import Caller, Doorkeeper, Role
from tongtu.identity.store.token import Found
from tongtu.origination.api import ApplyAnswer
from tongtu.runtime.api import Lane, latency

# As long as an answer with four offers.
ANSWER = ApplyAnswer(b'{"outcome":"offers","offers":"%s"}' % (b"x" * 1_500), is_replay=False)
CALLER = Caller(Role.BORROWER, 1 << 40, 0, 0)
CACHE_S = 5


class _Session:
    """What a lane asks of a connection when nothing goes wrong."""

    async def close(self, timeout: float) -> None:  # noqa: ASYNC109 - asyncpg's own name
        """Close nothing."""


async def _connect() -> Any:
    return _Session()


class _Doorkeeper(Doorkeeper):
    """Finds everybody, by its own lane and cache."""

    async def _find(self, _: Any, hashes: Sequence[bytes]) -> Any:
        clock = self._runtime.clock
        found = Found(CALLER, clock.now() + timedelta(days=1))
        until_s = clock.monotonic_s() + CACHE_S
        return [self._remember(each, found, until_s) for each in hashes]


async def _decide(_: Any, requests: Sequence[Any]) -> list[ApplyAnswer]:
    return [ANSWER] * len(requests)


async def main(port: int) -> None:
    runtime = runtime_of(_connect)
    doorkeeper = _Doorkeeper(runtime)
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
        readiness=ready,
        version="0",
        instance="shell",
        decisions=decisions,
    )
    await doorkeeper.start()
    await lane.start()
    await serve(parts, port)
    await lane.stop()
    await doorkeeper.stop()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[-1])))
