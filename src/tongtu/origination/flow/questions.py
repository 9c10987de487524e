"""What is asked outside before a case is decided: bounded, and of one person one after another.

A command that was answered before asks nobody: its answer is there already.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from weakref import WeakValueDictionary

from tongtu.kernel.errors import Overloaded
from tongtu.origination.model import ApplyAnswer, ApplyRequest
from tongtu.origination.store.batch import is_stored
from tongtu.runtime.api import Lane, Runtime

# Each waits for seconds at most, and at moments holds a connection of the pool.
ASKING_MAX = 256
RETRY_AFTER_S = 1
Ask = Callable[[], Awaitable[None]]


class Questions:
    """Who is being asked about now."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._going: set[asyncio.Task[ApplyAnswer]] = set()
        self._turns: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    def begin(
        self, lane: Lane[ApplyRequest, ApplyAnswer], request: ApplyRequest, ask: Ask
    ) -> asyncio.Future[ApplyAnswer]:
        """Return the future of the answer once `ask` is over and the lane has decided.

        Raises:
            Overloaded: the lane is full, or about too many somebody is asked; nobody was asked.
        """
        if lane.is_full or len(self._going) >= ASKING_MAX:
            raise Overloaded("too many at once; try again", retry_after_s=RETRY_AFTER_S)
        task = asyncio.ensure_future(self._ask(lane, request, ask))
        self._going.add(task)
        task.add_done_callback(self._going.discard)
        return task

    async def _ask(
        self, lane: Lane[ApplyRequest, ApplyAnswer], request: ApplyRequest, ask: Ask
    ) -> ApplyAnswer:
        # What the first of a person's questions brings stands for the next.
        async with self._turns.setdefault(request.party, asyncio.Lock()):
            if not await self._is_answered(request):
                await ask()
        return await lane.enqueue(request)

    async def _is_answered(self, request: ApplyRequest) -> bool:
        cell = self._runtime.cell(request.party)
        async with self._runtime.database.reading() as connection:
            return await is_stored(connection, cell, request)
