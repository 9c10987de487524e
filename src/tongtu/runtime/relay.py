"""Carries events from the outbox to handlers: at least once, in commit order, one reader a handler.

A handler that fails does not hold up the events behind it: its event is tried again later, with
growing pauses, and stands in runtime.retry until it succeeds. Handlers are idempotent by contract;
one that writes to this database takes effect once by asking `first_time` in its own transaction.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from tongtu.kernel.errors import TongtuError
from tongtu.runtime import readers
from tongtu.runtime.database import UNREACHABLE, Connection
from tongtu.runtime.logs import get_logger
from tongtu.runtime.metrics import count, gauge
from tongtu.runtime.outbox import Event
from tongtu.runtime.readers import Failure, Mark, Reader
from tongtu.runtime.runtime import Runtime

POLL_S = 0.25
LEASE_POLL_S = 5.0  # how soon another process takes over from one that died
BATCH_MAX = 500
PROGRESS_S = 0.2  # how much work a crash may repeat
HANDLER_TIMEOUT_S = 30.0
STOP_TIMEOUT_S = 20.0
CONCURRENCY_MAX = 64
Handler = Callable[[Event], Awaitable[None]]
log = get_logger("relay")


@dataclass(slots=True)
class _Subscription:
    reader: Reader
    handle: Handler
    concurrency: int
    mark: Mark | None = None
    woken: asyncio.Event = field(default_factory=asyncio.Event)


class Relay:
    """Reads the outbox for its handlers. Several processes may run one: each reader has a lease.

    One look for all of them tells who has something to do; only those read.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._subscriptions: dict[Reader, _Subscription] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._leases: Connection | None = None
        self._lease_lock = asyncio.Lock()
        self._held: set[Reader] = set()
        self._woken = asyncio.Event()
        self._is_stopping = False

    def on(self, topic: str, name: str, handler: Handler, concurrency: int = 1) -> None:
        """Add a handler; `name` keeps its place in the log of events for ever.

        With a concurrency above 1 a slow handler works on that many events at once, unordered.
        """
        if not 1 <= concurrency <= CONCURRENCY_MAX:
            raise ValueError(f"concurrency lies between 1 and {CONCURRENCY_MAX}")
        reader = Reader(topic, name)
        if reader in self._subscriptions:
            raise ValueError(f"{topic} has a handler {name} already")
        self._subscriptions[reader] = _Subscription(reader, handler, concurrency)

    def wake(self) -> None:
        """Look now instead of at the next poll."""
        self._woken.set()

    async def start(self) -> None:
        """Begin to carry events."""
        self._is_stopping = False
        self._tasks = [
            asyncio.create_task(self._carry(one)) for one in self._subscriptions.values()
        ]
        self._tasks.append(asyncio.create_task(self._look()))

    async def stop(self) -> None:
        """Finish the events in hand and write down how far each reader came."""
        self._is_stopping = True
        self.wake()
        for subscription in self._subscriptions.values():
            subscription.woken.set()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=STOP_TIMEOUT_S)
            for task in late:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        if self._leases is not None:
            with suppress(*UNREACHABLE):
                await self._leases.close(timeout=2)
            self._leases = None
            self._held.clear()

    async def step(self, topic: str, name: str) -> int:
        """Carry one batch to one handler and return how many events it was given."""
        return await self._step(self._subscriptions[Reader(topic, name)])

    async def _look(self) -> None:
        """Wake those who have something to do, whenever woken and at each poll."""
        while not self._is_stopping:
            self._woken.clear()
            try:
                for subscription in await self._busy():
                    subscription.woken.set()
            except Exception as fault:  # noqa: BLE001 - a worker loop: told in the log
                _tell_interruption(fault, "")
            with suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), POLL_S)

    async def _busy(self) -> list[_Subscription]:
        # One that was interrupted, and holds its place, finds its mark again by itself.
        held = [one for one in self._subscriptions.values() if one.reader in self._held]
        lost = [one for one in held if one.mark is None]
        marks = [(one.reader, one.mark) for one in held if one.mark is not None]
        if not marks:
            return lost
        now = self._runtime.clock.now()
        places = await readers.find_busy(self._runtime.database, marks, now)
        return lost + [self._subscriptions[marks[place][0]] for place in places]

    async def _carry(self, subscription: _Subscription) -> None:
        while not self._is_stopping:
            subscription.woken.clear()
            try:
                if not await self._has_lease(subscription.reader):
                    subscription.mark = None
                elif await self._step(subscription):
                    continue
            except Exception as fault:  # noqa: BLE001 - a worker loop: told in the log
                subscription.mark = None
                _tell_interruption(fault, subscription.reader.handler)
            with suppress(TimeoutError):
                await asyncio.wait_for(subscription.woken.wait(), LEASE_POLL_S)

    async def _has_lease(self, reader: Reader) -> bool:
        async with self._lease_lock:
            if self._leases is None or self._leases.is_closed():
                self._held.clear()
                self._leases = await self._runtime.database.lane_connection()
            if reader not in self._held and await readers.hold(self._leases, reader):
                self._held.add(reader)
            return reader in self._held

    async def _step(self, subscription: _Subscription) -> int:
        reader, database = subscription.reader, self._runtime.database
        if subscription.mark is None:
            async with database.transaction() as connection:
                subscription.mark = await readers.find_mark(connection, reader)
        now = self._runtime.clock.now()
        work = await readers.find_work(database, reader, subscription.mark, now, BATCH_MAX)
        given = await self._try_again(subscription, work.due)
        return given + await self._hand_over(subscription, work.fresh)

    async def _hand_over(
        self, subscription: _Subscription, fresh: Sequence[tuple[Mark, Event]]
    ) -> int:
        """Give fresh events in order; write progress down at least each PROGRESS_S."""
        loop, width = asyncio.get_running_loop(), subscription.concurrency
        failures: list[Failure] = []
        written_s, given = loop.time(), 0
        for first in range(0, len(fresh), width):
            part = fresh[first : first + width]
            failures += await self._give(subscription, [(event, 0) for _, event in part])
            given += len(part)
            is_last = first + width >= len(fresh) or self._is_stopping
            if is_last or loop.time() - written_s > PROGRESS_S:
                await self._write(subscription, part[-1][0], failures)
                failures, written_s = [], loop.time()
            if self._is_stopping:
                break
        return given

    async def _write(
        self, subscription: _Subscription, mark: Mark, failures: Sequence[Failure]
    ) -> None:
        reader = subscription.reader
        async with self._runtime.database.transaction() as connection:
            await readers.put_off(connection, reader, failures)
            await readers.advance(connection, reader, mark)
        subscription.mark = mark

    async def _try_again(
        self, subscription: _Subscription, due: Sequence[tuple[int, Event]]
    ) -> int:
        for attempts, event in due:
            failures = await self._give(subscription, [(event, attempts)])
            async with self._runtime.database.transaction() as connection:
                if failures:
                    await readers.put_off(connection, subscription.reader, failures)
                else:
                    await readers.forget(connection, subscription.reader, event)
                gauge("relay_retrying").set(await readers.count_retrying(connection))
        return len(due)

    async def _give(
        self, subscription: _Subscription, events: Sequence[tuple[Event, int]]
    ) -> list[Failure]:
        if len(events) == 1:
            found = [await self._attempt(subscription, *events[0])]
        else:
            found = await asyncio.gather(*(self._attempt(subscription, *one) for one in events))
        count("relay_events").inc(len(events))
        return [failure for failure in found if failure is not None]

    async def _attempt(
        self, subscription: _Subscription, event: Event, attempts: int
    ) -> Failure | None:
        try:
            async with asyncio.timeout(HANDLER_TIMEOUT_S):
                await subscription.handle(event)
        except Exception as fault:
            count("relay_failures").inc()
            log.error(
                "event_failed",
                handler=subscription.reader.handler,
                topic=event.topic,
                event_id=event.id,
                attempts=attempts + 1,
                exc_info=fault,
            )
            return readers.failed(event, attempts + 1, type(fault), self._runtime.clock.now())
        return None


def _tell_interruption(fault: Exception, handler: str) -> None:
    is_away = isinstance(fault, (TongtuError, *UNREACHABLE))
    log.warning(
        "relay_interrupted",
        handler=handler,
        fault=type(fault).__name__,
        exc_info=None if is_away else fault,
    )
