"""Ids never repeat, whatever the clock does: the database knows up to which moment ids were given.

A process reserves the next seconds ahead of using them and begins above the last reservation of its
generator. So a restart with the clock set back, and a second process that was started by mistake
with the same generator, both give other ids; the first one of the two sees that and stops.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from tongtu.kernel.errors import Conflict, TongtuError
from tongtu.runtime.database import UNREACHABLE, Connection, Database
from tongtu.runtime.logs import get_logger

# The reservation is renewed many times before it runs out; a restart costs at most this much
# distance between ids and the clock, which the clock soon makes up for.
AHEAD_MS = 20_000
RENEW_S = 4.0

TAKE = """
insert into runtime.id_mark as m (generator, holder, up_to_ms) values ($1, $2, $3::int8 + $4::int8)
on conflict (generator) do update
set holder = excluded.holder, up_to_ms = greatest(m.up_to_ms, $3) + $4
returning up_to_ms - $4
"""
RENEW = """
update runtime.id_mark set up_to_ms = greatest(up_to_ms, $3)
where generator = $1 and holder = $2
"""
log = get_logger("ids")


class IdMark:
    """The reservation of one generator; `now_ms` is what an IdSource asks."""

    def __init__(
        self,
        database: Database,
        generator: int,
        holder: int,
        clock_ms: Callable[[], int],
        *,
        on_lost: Callable[[], None] = lambda: None,
    ) -> None:
        self._database = database
        self._generator = generator
        self._holder = holder
        self._clock_ms = clock_ms
        self._floor_ms = 0
        self._task: asyncio.Task[None] | None = None
        self._on_lost = on_lost

    def now_ms(self) -> int:
        """Return the clock, but never a moment that was reserved before us."""
        return max(self._clock_ms(), self._floor_ms)

    async def start(self) -> None:
        """Reserve the next seconds and keep doing so."""
        async with self._database.transaction() as connection:
            self._floor_ms = await self.take(connection)
        self._task = asyncio.create_task(self._keep())

    async def stop(self) -> None:
        """Stop renewing; what was reserved stays so."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def take(self, connection: Connection) -> int:
        """Reserve from the first free millisecond on, and return it."""
        now_ms = self._clock_ms()
        return int(await connection.fetchval(TAKE, self._generator, self._holder, now_ms, AHEAD_MS))

    async def renew(self, connection: Connection) -> None:
        """Reserve further. Raises Conflict when another process took the generator."""
        up_to_ms = self.now_ms() + AHEAD_MS
        status = await connection.execute(RENEW, self._generator, self._holder, up_to_ms)
        if status != "UPDATE 1":
            raise Conflict(
                f"another process makes ids as generator {self._generator}; give each process "
                "its own TONGTU_GENERATOR"
            )

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(RENEW_S)
            try:
                async with self._database.transaction() as connection:
                    await self.renew(connection)
            except Conflict as fault:
                log.error("generator_taken", detail=fault.detail)
                self._on_lost()
                return
            except (TongtuError, *UNREACHABLE) as fault:
                log.warning("id_mark_not_renewed", fault=type(fault).__name__)
