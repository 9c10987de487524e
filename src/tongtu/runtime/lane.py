"""A lane: requests that wait together are handled as one batch, by one call and one commit.

Nobody's error is another's: a batch that fails is halved until the guilty request stands alone.
A batch whose connection was lost is sent again with the same ids, so its effect is never doubled.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Generic, TypeVar

import asyncpg

from tongtu.kernel.errors import Broken, DeadlinePassed, Overloaded, TongtuError
from tongtu.runtime.database import Connection
from tongtu.runtime.logs import get_logger

Q = TypeVar("Q")
A = TypeVar("A")

DEADLINE_S = 10.0
RETRY_AFTER_S = 1
# A lost connection is mended within this time or the waiting callers are told "unknown".
RECONNECT_TRIES_MAX = 40
RECONNECT_PAUSE_S = 0.05
RECONNECT_PAUSE_MAX_S = 1.0
LOST = (
    asyncpg.PostgresConnectionError,
    asyncpg.exceptions.AdminShutdownError,
    asyncpg.exceptions.CrashShutdownError,
    asyncpg.exceptions.CannotConnectNowError,
    asyncpg.InterfaceError,
    ConnectionError,
    OSError,
)
log = get_logger("lane")


class _Waiting(Generic[Q, A]):
    """A request and the future that its caller waits on."""

    __slots__ = ("answer", "request")

    def __init__(self, request: Q, answer: asyncio.Future[A]) -> None:
        self.request = request
        self.answer = answer


class Lane(Generic[Q, A]):
    """A bounded queue served by `lanes` permanent tasks, each owning one connection.

    `handle` gets the connection and 1..batch_max requests and returns one answer each, in order;
    an answer that is a TongtuError is raised to its own caller only.
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
    ) -> None:
        self.name = name
        self._connect = connect
        self._handle = handle
        self._batch_max = batch_max
        self._queue_max = queue_max
        self._lanes = lanes
        self._queue: deque[_Waiting[Q, A]] = deque()
        self._arrived = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._is_stopping = False

    async def start(self) -> None:
        """Open the lane's connections; requests are served from now on."""
        connections = [await self._connect() for _ in range(self._lanes)]
        self._is_stopping = False
        self._tasks = [asyncio.create_task(self._serve(connection)) for connection in connections]

    async def stop(self) -> None:
        """Refuse new requests, finish those that wait, close the connections."""
        self._is_stopping = True
        self._arrived.set()
        await asyncio.gather(*self._tasks)
        self._tasks = []

    async def submit(self, request: Q, deadline_s: float = DEADLINE_S) -> A:
        """Wait for this request's answer.

        Raises:
            Overloaded: the queue is full; nothing was done.
            DeadlinePassed: no answer in time; the effect is unknown until asked again.
        """
        if self._is_stopping or len(self._queue) >= self._queue_max:
            raise Overloaded(
                "more is waiting than can be handled; try again", retry_after_s=RETRY_AFTER_S
            )
        loop = asyncio.get_running_loop()
        waiting = _Waiting[Q, A](request, loop.create_future())
        self._queue.append(waiting)
        self._arrived.set()
        timer = loop.call_later(deadline_s, _expire, waiting.answer)
        try:
            # A cancelled caller cancels its future only: a batch in flight goes on without it.
            return await waiting.answer
        finally:
            timer.cancel()

    @property
    def waiting(self) -> int:
        """How many requests wait now."""
        return len(self._queue)

    async def _serve(self, connection: Connection) -> None:
        try:
            while True:
                batch = self._take()
                if batch:
                    connection = await self._answer(connection, batch)
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

    def _take(self) -> list[_Waiting[Q, A]]:
        batch: list[_Waiting[Q, A]] = []
        while self._queue and len(batch) < self._batch_max:
            waiting = self._queue.popleft()
            if not waiting.answer.done():
                batch.append(waiting)
        return batch

    async def _answer(self, connection: Connection, batch: list[_Waiting[Q, A]]) -> Connection:
        """Answer a batch; return the connection to go on with."""
        requests = [waiting.request for waiting in batch]
        for _ in range(RECONNECT_TRIES_MAX):
            try:
                answers = await self._handle(connection, requests)
            except LOST as fault:
                log.warning("lane_connection_lost", lane=self.name, fault=type(fault).__name__)
                connection = await self._reconnect(connection, batch)
                if all(waiting.answer.done() for waiting in batch):
                    return connection
            except Exception as fault:  # noqa: BLE001 - a worker loop: the guilty one is told
                return await self._halve(connection, batch, fault)
            else:
                for waiting, answer in zip(batch, answers, strict=True):
                    _settle(waiting.answer, answer)
                return connection
        for waiting in batch:
            _settle(waiting.answer, DeadlinePassed("the database does not answer; ask again"))
        return connection

    async def _halve(
        self, connection: Connection, batch: list[_Waiting[Q, A]], fault: Exception
    ) -> Connection:
        if len(batch) == 1:
            if not isinstance(fault, TongtuError):
                log.error("lane_request_failed", lane=self.name, exc_info=fault)
                fault = Broken("the request could not be handled; a person has been told")
            _settle(batch[0].answer, fault)
            return connection
        middle = len(batch) // 2
        connection = await self._answer(connection, batch[:middle])
        return await self._answer(connection, batch[middle:])

    async def _reconnect(self, lost: Connection, batch: list[_Waiting[Q, A]]) -> Connection:
        await _close(lost)
        pause_s = RECONNECT_PAUSE_S
        while True:
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, RECONNECT_PAUSE_MAX_S)
            try:
                return await self._connect()
            except (*LOST, TimeoutError):
                # Without callers and with a stop asked for there is nobody to mend it for.
                if self._is_stopping and all(waiting.answer.done() for waiting in batch):
                    return lost


def _settle(future: asyncio.Future[A], answer: A | TongtuError) -> None:
    if future.done():
        return
    if isinstance(answer, TongtuError):
        future.set_exception(answer)
    else:
        future.set_result(answer)


def _expire(future: asyncio.Future[A]) -> None:
    _settle(future, DeadlinePassed("no answer in time; ask again with the same key"))


async def _close(connection: Connection) -> None:
    with suppress(*LOST, TimeoutError):
        await connection.close(timeout=2)
