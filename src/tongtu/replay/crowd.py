"""Many cases at once: one step for all of them, with bounded concurrency."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from tongtu.replay.borrower import Case
from tongtu.replay.client import Unexpected

Step = Callable[[Case], Awaitable[None]]
Progress = Callable[[str, int, int], None]


async def each(
    name: str, cases: Sequence[Case], concurrency: int, progress: Progress, step: Step
) -> None:
    """Run one step for all cases with bounded concurrency; a refused case keeps its error."""
    waiting, done = iter(cases), 0
    progress(name, 0, len(cases))

    async def work() -> None:
        nonlocal done
        for case in waiting:
            try:
                await step(case)
            except Unexpected as refusal:
                case.error = f"{name}: {refusal.detail}"
            done += 1
            progress(name, done, len(cases))

    await asyncio.gather(*(work() for _ in range(min(max(1, concurrency), len(cases)))))
