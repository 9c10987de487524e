"""The callback worker: what the bank sent is worked through soon after it was stored."""

from __future__ import annotations

from collections.abc import Callable

from tongtu.payments.flow.receive import WorkFailed, put_off, work_one
from tongtu.runtime.api import Background, Runtime

POLL_S = 1.0


class CallbackWorker(Background):
    """Works stored callbacks off, one commit each. `on_news` is called after each batch."""

    def __init__(self, runtime: Runtime, on_news: Callable[[], None] = lambda: None) -> None:
        self._runtime = runtime
        self._on_news = on_news
        super().__init__("callback worker", self.step, POLL_S, on_fault=self._put_off)

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
        if isinstance(fault, WorkFailed):
            await put_off(self._runtime, fault)
