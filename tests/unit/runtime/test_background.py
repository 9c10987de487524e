"""Work beside the requests goes on after a fault, comes at once when woken, and stops when told."""

import asyncio

from structlog.testing import capture_logs

from tongtu.kernel.errors import NotReady
from tongtu.runtime.api import Background

NEVER_S = 3_600


def test_a_wake_brings_the_next_step_long_before_its_turn():
    async def story():
        steps = asyncio.Queue()
        worker = Background("w", lambda: steps.put("step"), NEVER_S)
        await worker.start()
        await steps.get()

        worker.wake()

        assert await asyncio.wait_for(steps.get(), 5) == "step"
        await worker.stop()

    asyncio.run(story())


def test_a_wake_during_a_step_is_not_lost():
    async def story():
        inside, go_on, steps = asyncio.Event(), asyncio.Event(), []

        async def step():
            steps.append(len(steps))
            inside.set()
            await go_on.wait()

        worker = Background("w", step, NEVER_S)
        await worker.start()
        await inside.wait()
        worker.wake()
        inside.clear()
        go_on.set()

        await asyncio.wait_for(inside.wait(), 5)

        assert steps == [0, 1]
        await worker.stop()

    asyncio.run(story())


def test_a_step_that_fails_is_told_and_tried_again_even_if_the_telling_fails():
    async def story():
        faults, steps = [], asyncio.Queue()

        async def step():
            await steps.put("step")
            raise OSError("away")

        async def told(fault):
            faults.append(str(fault))
            raise OSError("nobody hears")

        worker = Background("w", step, 0.001, on_fault=told)
        await worker.start()
        for _ in range(3):
            await asyncio.wait_for(steps.get(), 5)
        await worker.stop()

        assert faults[:2] == ["away", "away"]

    asyncio.run(story())


def test_a_database_that_starts_again_is_waited_for_and_is_no_fault_of_the_step():
    async def story():
        faults, steps = [], asyncio.Queue()

        async def step():
            await steps.put("step")
            raise NotReady("the database does not answer")

        async def told(fault):
            faults.append(fault)

        worker = Background("w", step, 0.001, on_fault=told)
        with capture_logs() as logs:
            await worker.start()
            for _ in range(3):
                await asyncio.wait_for(steps.get(), 5)
            await worker.stop()

        assert faults == []
        assert {(one["event"], one["log_level"]) for one in logs} == {("step_waits", "warning")}

    asyncio.run(story())


def test_a_stop_cancels_the_step_in_hand_and_may_come_twice():
    async def story():
        inside, ends = asyncio.Event(), []

        async def step():
            try:
                inside.set()
                await asyncio.Event().wait()
            finally:
                ends.append("cancelled")

        worker = Background("w", step, NEVER_S)
        await worker.start()
        await inside.wait()

        await worker.stop()
        await worker.stop()

        assert ends == ["cancelled"]

    asyncio.run(story())
