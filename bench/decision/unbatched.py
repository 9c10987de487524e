"""The whole decision without lanes: the same platform, every request a batch and commit of its own
over sixteen connections. Run as a process; settings come from the environment."""

from __future__ import annotations

import asyncio
import importlib
import os
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import uvloop

from tongtu.journey.api import decision_lane
from tongtu.runtime.api import load

CONNECTIONS = 16


async def main() -> None:
    root = importlib.import_module("tongtu.main.serve")
    settings = replace(load(os.environ, Path.cwd()).settings, lane_batch_max=1)
    opened = root.open_parts

    async def unbatched(runtime, stack: AsyncExitStack, *more):
        parts = await opened(runtime, stack, *more)
        batched = parts.decisions
        assert batched is not None
        parts.decisions = decision_lane(runtime, batched.engine, lanes=CONNECTIONS)
        await asyncio.gather(batched.stop(), parts.decisions.start())
        return parts

    root.open_parts = unbatched
    await root.serve(settings)


if __name__ == "__main__":
    uvloop.run(main())
