"""Work that goes on beside the requests: a step again and again, sooner when it is woken."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from tongtu.kernel.errors import NotReady
from tongtu.runtime.logs import get_logger

log = get_logger("background")


class Background:
    """Runs `step` at once, then after each `wake`, and at the latest every `every_s` seconds.

    A step that fails is logged under the name and tried again; `on_fault` hears of it first. That
    the database does not answer is no fault of the step: it waits for its next turn.
    """

    def __init__(
        self,
        name: str,
        step: Callable[[], Awaitable[object]],
        every_s: float,
        *,
        on_fault: Callable[[Exception], Awaitable[None]] | None = None,
    ) -> None:
        self._name = name
        self._step = step
        self._every_s = every_s
        self._on_fault = on_fault
        self._woken = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def wake(self) -> None:
        """Look now instead of at the next turn."""
        self._woken.set()

    async def start(self) -> None:
        """Begin to work."""
        self._task = asyncio.create_task(self._work(), name=self._name)

    async def stop(self) -> None:
        """Stop; the step in hand is cancelled, so what it had not committed is due again."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _work(self) -> None:
        while True:
            self._woken.clear()
            try:
                await self._step()
            except NotReady as fault:
                # A database that starts again is no fault of the step: the next turn asks it.
                log.warning("step_waits", worker=self._name, reason=str(fault))
            except Exception as fault:
                log.error("step_failed", worker=self._name, exc_info=fault)
                await self._tell(fault)
            # Not wait_for: on 3.11 it swallows a cancel that comes together with the wake.
            with suppress(TimeoutError):
                async with asyncio.timeout(self._every_s):
                    await self._woken.wait()

    async def _tell(self, fault: Exception) -> None:
        if self._on_fault is None:
            return
        try:
            await self._on_fault(fault)
        except Exception as other:
            log.error("fault_not_told", worker=self._name, exc_info=other)
