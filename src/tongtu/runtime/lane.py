"""A lane: requests that wait together are handled as one batch, by one call and one commit.

Nobody's error is another's: a batch that fails is halved until the guilty request stands alone.
A batch whose connection was lost is sent again with the same request objects, so the ids inside
them keep its effect from being doubled, and nobody is told "failed" of something that stands.
"""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from itertools import chain
from typing import Generic, TypeVar

import asyncpg

from tongtu.kernel.errors import Broken, DeadlinePassed, Overloaded, TongtuError
from tongtu.runtime.crowd import FEW, Crowd
from tongtu.runtime.database import UNREACHABLE, Connection, is_lost
from tongtu.runtime.logs import get_logger
from tongtu.runtime.metrics import count, latency

Q = TypeVar("Q")
A = TypeVar("A")

DEADLINE_S = 10.0
RETRY_AFTER_S = 1
# The pauses between attempts to reach the database; the attempts end with the callers' deadlines.
RECONNECT_PAUSE_S = 0.05
RECONNECT_PAUSE_MAX_S = 1.0
# How often a batch that met a deadlock is tried whole before its members are tried alone.
CLASHES_MAX = 3
STOP_TIMEOUT_S = 20.0
CLOSE_TIMEOUT_S = 2.0

CLASHED = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError)
log = get_logger("lane")


class _Waiting(Generic[Q, A]):
    """A request, the future that its caller waits on, and until when (loop time)."""

    __slots__ = ("answer", "request", "until_s")

    def __init__(self, request: Q, answer: asyncio.Future[A], until_s: float) -> None:
        self.request = request
        self.answer = answer
        self.until_s = until_s


class Lane(Generic[Q, A]):
    """A bounded queue served by `lanes` permanent tasks, each owning one connection.

    `handle` gets the connection and 1..batch_max requests, commits, and returns one answer each,
    in order; an answer that is a TongtuError is raised to its own caller only. It may be called
    again with the same requests, so it must find effects that already stand by their ids.
    A lane that `lingers` lets as much time pass after a batch of many: those that come then go in
    one batch, where each would find the lane free. At a low load nobody ever waits.
    A lane that `gathers` waits a moment for those it just answered, see `Crowd`.
    """

    def __init__(  # noqa: PLR0913 - bounds are named at the call
        self,
        name: str,
        connect: Callable[[], Awaitable[Connection]],
        handle: Callable[[Connection, Sequence[Q]], Awaitable[Sequence[A | TongtuError]]],
        *,
        batch_max: int = 256,
        queue_max: int = 4096,
        lanes: int = 1,
        gathers: bool = False,
        lingers_s: float = 0.0,
    ) -> None:
        self.name = name
        self._lingers_s = lingers_s
        self._connect = connect
        self._handle = handle
        self._batch_max = batch_max
        self._queue_max = queue_max
        self._lanes = lanes
        self._queue: deque[_Waiting[Q, A]] = deque()
        self._in_flight: list[list[_Waiting[Q, A]]] = []
        self._sweep: asyncio.TimerHandle | None = None
        # Several tasks on one queue serve it while one of them works: no caller comes to wait.
        self._crowd = Crowd(batch_max) if gathers and lanes == 1 else None
        self._gathered: asyncio.Future[None] | None = None  # while the lane waits for callers
        self._enough = 0  # as many end that wait
        self._arrived = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._is_stopping = False
        metric = f"lane_{name}".replace("-", "_")
        self._seconds = latency(metric)
        self._handled = count(f"{metric}_requests")
        self._refused = count(f"{metric}_overloads")
        self._repeated = count(f"{metric}_repeats")

    async def start(self) -> None:
        """Open the lane's connections; requests are served from now on."""
        connections = [await self._connect() for _ in range(self._lanes)]
        self._is_stopping = False
        self._tasks = [asyncio.create_task(self._serve(connection)) for connection in connections]

    async def stop(self, timeout_s: float = STOP_TIMEOUT_S) -> None:
        """Refuse new requests, finish those that wait, close the connections."""
        self._is_stopping = True
        self._arrived.set()
        if self._gathered is not None:
            _end_wait(self._gathered)
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=timeout_s)
            for task in late:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        while self._queue:
            _settle(self._queue.popleft().answer, _unknown())
        if self._sweep is not None:
            self._sweep.cancel()
            self._sweep = None

    async def submit(self, request: Q, deadline_s: float = DEADLINE_S) -> A:
        """Wait for this request's answer.

        Raises:
            Overloaded: the queue is full; nothing was done.
            DeadlinePassed: no answer in time; the effect is unknown until asked again.
        """
        # A cancelled caller cancels its future only: a batch in flight goes on without it.
        return await self.enqueue(request, deadline_s)

    def enqueue(self, request: Q, deadline_s: float = DEADLINE_S) -> asyncio.Future[A]:
        """Return the future of this request's answer; at its deadline it ends with DeadlinePassed.

        Raises:
            Overloaded: the queue is full; nothing was done.
        """
        if self._is_stopping or len(self._queue) >= self._queue_max:
            self._refused.inc()
            raise Overloaded(
                "more is waiting than can be handled; try again", retry_after_s=RETRY_AFTER_S
            )
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[A] = loop.create_future()
        until_s = loop.time() + deadline_s
        self._queue.append(_Waiting(request, answer, until_s))
        self._arrived.set()
        if self._gathered is not None and len(self._queue) >= self._enough:
            _end_wait(self._gathered)
        if self._sweep is None or until_s < self._sweep.when():
            self._sweep_at(loop, until_s)
        return answer

    @property
    def is_full(self) -> bool:
        """Whether the next request would be refused."""
        return self._is_stopping or len(self._queue) >= self._queue_max

    @property
    def waiting(self) -> int:
        """How many requests wait now."""
        return len(self._queue)

    def _sweep_at(self, loop: asyncio.AbstractEventLoop, at_s: float) -> None:
        """Look at the deadlines at `at_s`, the first of them: one timer a lane, not a request."""
        if self._sweep is not None:
            self._sweep.cancel()
        self._sweep = loop.call_at(at_s, self._expire, loop)

    def _expire(self, loop: asyncio.AbstractEventLoop) -> None:
        """Tell those whose deadline has passed, and come back at the first of the others."""
        self._sweep = None
        now_s = loop.time()
        first_s = math.inf
        for waiting in chain(self._queue, *self._in_flight):
            if waiting.answer.done():
                continue
            if waiting.until_s <= now_s:
                _settle(waiting.answer, _unknown())
            else:
                first_s = min(first_s, waiting.until_s)
        if first_s < math.inf:
            self._sweep_at(loop, first_s)

    async def _serve(self, connection: Connection) -> None:
        loop = asyncio.get_running_loop()
        try:
            while True:
                if self._crowd is not None and self._queue:
                    await self._gather(self._crowd)
                batch = self._take()
                if batch:
                    began_s = loop.time()
                    self._in_flight.append(batch)
                    try:
                        connection = await self._answer(connection, batch)
                    finally:
                        self._in_flight.remove(batch)
                    if self._lingers_s and len(batch) >= FEW and not self._is_stopping:
                        await asyncio.sleep(self._lingers_s)
                    if self._crowd is not None:
                        now_s = loop.time()
                        self._crowd.answered(len(batch), len(self._queue), now_s - began_s, now_s)
                elif self._is_stopping:
                    return
                else:
                    # Cleared before the queue is looked at again: a request that arrives between
                    # the two sets the event, so no wake-up is lost.
                    self._arrived.clear()
                    if not self._queue and not self._is_stopping:
                        await self._arrived.wait()
        finally:
            await _close(connection)

    async def _gather(self, crowd: Crowd) -> None:
        """Wait while those who were just answered are on their way back."""
        loop = asyncio.get_running_loop()
        if not crowd.enough or self._is_stopping or loop.time() >= crowd.until_s:
            return
        if len(self._queue) < crowd.enough:
            self._gathered, self._enough = loop.create_future(), crowd.enough
            timer = loop.call_at(crowd.until_s, _end_wait, self._gathered)
            try:
                await self._gathered
            finally:
                timer.cancel()
                self._gathered = None
        crowd.came(len(self._queue))

    def _take(self) -> list[_Waiting[Q, A]]:
        """Take what waits, up to a batch. A caller that gave up before its turn is left out."""
        batch: list[_Waiting[Q, A]] = []
        while self._queue and len(batch) < self._batch_max:
            waiting = self._queue.popleft()
            if not waiting.answer.done():
                batch.append(waiting)
        return batch

    async def _answer(self, connection: Connection, batch: list[_Waiting[Q, A]]) -> Connection:
        """Answer a batch; return the connection to go on with."""
        requests = [waiting.request for waiting in batch]
        clashes = 0
        try:
            # The whole batch goes again even when some callers have gone: their effect may stand.
            while not _is_over(batch):
                try:
                    answers = await self._timed(connection, requests)
                except Exception as fault:  # noqa: BLE001 - a worker loop: the guilty one is told
                    if is_lost(connection, fault):
                        self._repeated.inc()
                        log.warning("connection_lost", lane=self.name, fault=type(fault).__name__)
                        connection = await self._reconnect(connection, batch)
                    elif isinstance(fault, CLASHED) and clashes < CLASHES_MAX:
                        clashes += 1
                    else:
                        return await self._halve(connection, batch, fault)
                else:
                    for waiting, answer in zip(batch, answers, strict=True):
                        _settle(waiting.answer, answer)
        finally:
            for waiting in batch:
                if not waiting.answer.done():  # only when the lane itself is being stopped by force
                    _settle(waiting.answer, _unknown())
        return connection

    async def _timed(self, connection: Connection, requests: list[Q]) -> Sequence[A | TongtuError]:
        clock = asyncio.get_running_loop().time
        began_s = clock()
        answers = await self._handle(connection, requests)
        self._seconds.observe(clock() - began_s)
        self._handled.inc(len(requests))
        if len(answers) != len(requests):
            raise Broken(f"lane {self.name}: {len(requests)} requests got {len(answers)} answers")
        return answers

    async def _halve(
        self, connection: Connection, batch: list[_Waiting[Q, A]], fault: Exception
    ) -> Connection:
        if connection.is_in_transaction():
            # The handler broke off half way; what it did is undone with its connection.
            connection = await self._reconnect(connection, batch)
        if len(batch) == 1:
            self._tell(batch[0].answer, fault)
            return connection
        middle = len(batch) // 2
        connection = await self._answer(connection, batch[:middle])
        return await self._answer(connection, batch[middle:])

    def _tell(self, answer: asyncio.Future[A], fault: Exception) -> None:
        """Give the fault to its caller, who logs it; log it here when the caller has gone."""
        told = fault
        if not isinstance(told, TongtuError):
            told = Broken("the request could not be handled; a person has been told")
            told.__cause__ = fault
        if answer.done() and isinstance(told, Broken):
            log.error("lane_request_failed", lane=self.name, exc_info=told)
        _settle(answer, told)

    async def _reconnect(self, lost: Connection, batch: list[_Waiting[Q, A]]) -> Connection:
        lost.terminate()
        pause_s = RECONNECT_PAUSE_S
        while True:
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, RECONNECT_PAUSE_MAX_S)
            try:
                return await self._connect()
            except UNREACHABLE:
                # With a stop asked for and no caller left there is nobody to mend it for.
                if self._is_stopping and _is_over(batch):
                    return lost


def _is_over(batch: list[_Waiting[Q, A]]) -> bool:
    return all(waiting.answer.done() for waiting in batch)


def _end_wait(gathered: asyncio.Future[None]) -> None:
    if not gathered.done():
        gathered.set_result(None)


def _settle(future: asyncio.Future[A], answer: A | TongtuError) -> None:
    if future.done():
        return
    if isinstance(answer, TongtuError):
        future.set_exception(answer)
    else:
        future.set_result(answer)


def _unknown() -> DeadlinePassed:
    return DeadlinePassed("no answer in time; ask again with the same key")


async def _close(connection: Connection) -> None:
    with suppress(*UNREACHABLE):
        await connection.close(timeout=CLOSE_TIMEOUT_S)
