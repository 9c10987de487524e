"""The callback worker: what the bank sent is worked through soon after it was stored."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

from tongtu.payments.flow.receive import put_off, work_one
from tongtu.runtime.api import Runtime, get_logger

POLL_S = 1.0
# A callback whose work fails (a database that is away) is tried again after so long.
PAUSE = timedelta(seconds=5)
log = get_logger("payments")


class CallbackWorker:
    """Works stored callbacks off, one commit each. `on_news` is called after each batch."""

    def __init__(self, runtime: Runtime, on_news: Callable[[], None] = lambda: None) -> None:
        self._runtime = runtime
        self._on_news = on_news
        self._woken = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def wake(self) -> None:
        """Look now instead of at the next poll."""
        self._woken.set()

    async def start(self) -> None:
        """Begin to work."""
        self._task = asyncio.create_task(self._work(), name="callback worker")

    async def stop(self) -> None:
        """Stop; what is in hand is rolled back and taken up again."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def step(self) -> int:
        """Work off what is due and return how many callbacks that was."""
        done = 0
        while await work_one(self._runtime):
            done += 1
        if done:
            self._on_news()
        return done

    async def _put_off(self, fault: Exception) -> None:
        """Let the callbacks behind the faulty one go first; with no database it stays the next."""
        try:
            await put_off(self._runtime, PAUSE, type(fault).__name__)
        except Exception as other:
            log.error("callback_not_put_off", exc_info=other)

    async def _work(self) -> None:
        while True:
            self._woken.clear()
            try:
                await self.step()
            except Exception as fault:
                log.error("callback_worker", exc_info=fault)
                await self._put_off(fault)
            # Not wait_for: on 3.11 it swallows a cancel that comes together with the wake.
            with suppress(TimeoutError):
                async with asyncio.timeout(POLL_S):
                    await self._woken.wait()
