"""Hears over PostgreSQL that something changed: LISTEN on a connection of its own.

A word is a hint, never the truth: who hears one looks. Words are lost while nobody hears, so each
new connection is a word too, and who relies on them looks by himself, oftener while not hearing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

from tongtu.runtime.database import UNREACHABLE, Connection, Database
from tongtu.runtime.logs import get_logger

# How long after a lost connection another is tried.
AGAIN_AFTER_S = 2.0
# A connection that the other side forgot says nothing for ever: it is asked, and given up.
CHECK_EVERY_S = 5.0
CHECK_TIMEOUT_S = 3.0
log = get_logger("listener")


class Listener:
    """Calls `wake` for each word on a channel, and whenever it begins to hear."""

    def __init__(self, database: Database, channel: str, wake: Callable[[], None]) -> None:
        self._database = database
        self._channel = channel
        self._wake = wake
        self._task: asyncio.Task[None] | None = None
        self.is_hearing = False

    async def start(self) -> None:
        """Begin to listen; a database that is not there is tried again and again."""
        self._task = asyncio.create_task(self._listen(), name=f"listener {self._channel}")

    async def stop(self) -> None:
        """Stop listening."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _listen(self) -> None:
        while True:
            try:
                await self._hear(await self._database.lane_connection())
            except UNREACHABLE as fault:
                log.warning("not_heard", channel=self._channel, fault=type(fault).__name__)
            await asyncio.sleep(AGAIN_AFTER_S)

    async def _hear(self, connection: Connection) -> None:
        """Hear until the connection ends."""
        lost = asyncio.Event()
        try:
            connection.add_termination_listener(lambda _: lost.set())
            await connection.add_listener(self._channel, lambda *_: self._wake())
            self.is_hearing = True
            self._wake()
            while not await _is_set_within(lost, CHECK_EVERY_S):
                async with asyncio.timeout(CHECK_TIMEOUT_S):
                    await connection.execute(f'listen "{self._channel}"')  # once more is no other
        finally:
            self.is_hearing = False
            with suppress(*UNREACHABLE):
                await connection.close(timeout=2)


async def _is_set_within(event: asyncio.Event, seconds: float) -> bool:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
    return event.is_set()
