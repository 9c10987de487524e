"""The HTTP side of `tongtu serve` without its database: both doors over lanes that answer at once.

Protocol, gate, doors, decode, hashes and lanes are the real ones; what a lane would ask the
database is answered from memory. Run as a process: `python -m bench.shell.platform PORT`.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import uvloop
from bench.serving import ready, runtime_of, serve

from tongtu.channels.rest.api import Parts
from tongtu.identity.api import Doorkeeper
from tongtu.identity.flow.revocation import Revocations
from tongtu.origination.api import ApplyAnswer
from tongtu.runtime.api import Lane, latency

# As long as an answer with four offers.
ANSWER = ApplyAnswer(b'{"outcome":"offers","offers":"%s"}' % (b"x" * 1_500), is_replay=False)


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


async def main(port: int) -> None:
    runtime = runtime_of(_connect)
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
