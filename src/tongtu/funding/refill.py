"""Keeps the cells' slices filled while budgets last, and lets months have what days left.

It never holds two cells in one transaction; what it moves was nobody's, so it can stop anywhere.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tongtu.funding.store.quota import (
    DAYS_BACK,
    Slice,
    allot,
    end_day,
    follow_limits,
    give_back,
    open_day,
    slices,
    unended_days,
)
from tongtu.kernel.ids import ProgramId
from tongtu.runtime.api import Background, Runtime, business_date, count

EVERY_S = 1.0
_PPM = 1_000_000
_DAY = timedelta(days=1)
# A slice that holds less than a fourth of an even part is filled up, by another cell if need be.
_LOW, _SPARE = 4, 2


class QuotaKeeper:
    """Looks at all slices each second."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._work = Background("quota keeper", self.keep, EVERY_S)
        self._has_looked_back = False  # at all days, however old

    async def start(self) -> None:
        """Begin to look."""
        await self._work.start()

    async def stop(self) -> None:
        """Stop; every move that was begun is whole or undone."""
        await self._work.stop()

    async def keep(self) -> int:
        """End the days that are over and fill the slices that run low; return the fen moved."""
        runtime = self._runtime
        async with runtime.database.reading() as connection:
            today = await business_date(connection)
        await self._end_days(today)
        for cell in range(runtime.settings.cells):
            async with runtime.database.transaction() as connection:
                await open_day(connection, cell, today)
        return await self._fill(today)

    async def _end_days(self, today: date) -> None:
        """End what is over. A budget that stood above its limit for it comes down to its limit."""
        runtime = self._runtime
        since = today - timedelta(days=DAYS_BACK) if self._has_looked_back else date.min
        cells = range(runtime.settings.cells)
        async with runtime.database.reading() as connection:
            over = {cell: await unended_days(connection, cell, since, today) for cell in cells}
        for cell, days in over.items():
            for day in days:
                async with runtime.database.transaction() as connection:
                    await end_day(connection, cell, day)
        if any(over.values()):
            async with runtime.database.transaction() as connection:
                await follow_limits(connection, today)
        self._has_looked_back = True

    async def _fill(self, today: date) -> int:
        runtime, moved = self._runtime, 0
        elapsed_ppm = elapsed(runtime.clock.now(), today, runtime.settings.zone)
        found: dict[int, dict[ProgramId, Slice]] = {}
        async with runtime.database.reading() as connection:
            for cell in range(runtime.settings.cells):
                rows = await slices(connection, cell, today)
                found[cell] = {one.program: one for one in rows}
        for cell, own in found.items():
            for program, one in own.items():
                if one.free_minor * _LOW >= one.even_minor:
                    continue
                want = program, one.even_minor - one.free_minor
                given = await self._allot(cell, today, want, elapsed_ppm)
                if not given and (spare := _spare(found, cell, program)):
                    given = await self._lend(spare, (cell, today), program, elapsed_ppm)
                moved += given
        count("quota_moved_minor").inc(moved)
        return moved

    async def _allot(
        self, cell: int, day: date, want: tuple[ProgramId, int], elapsed_ppm: int
    ) -> int:
        async with self._runtime.database.transaction() as connection:
            return await allot(connection, cell, day, want, elapsed_ppm)

    async def _lend(
        self,
        spare: tuple[int, int],
        to: tuple[int, date],
        program: ProgramId,
        elapsed_ppm: int,
    ) -> int:
        """Move half of what another cell does not use; between the two commits it is nobody's."""
        giver, amount_minor = spare
        cell, day = to
        async with self._runtime.database.transaction() as connection:
            back = await give_back(connection, giver, day, (program, amount_minor))
        return await self._allot(cell, day, (program, back), elapsed_ppm) if back else 0


def _spare(
    found: dict[int, dict[ProgramId, Slice]], cell: int, program: ProgramId
) -> tuple[int, int] | None:
    """Return which other cell has most left and half of that; None where all are low."""
    others = [
        (own[program].free_minor, other)
        for other, own in found.items()
        if other != cell and program in own
    ]
    free_minor, giver = max(others, default=(0, cell))
    mine = found[cell][program]
    if free_minor * _LOW < mine.even_minor or free_minor <= mine.free_minor:
        return None
    return giver, (free_minor - mine.free_minor) // _SPARE


def elapsed(now: datetime, day: date, zone: str) -> int:
    """Return the part of a business day that is over by the clock, in ppm; 0 before it began."""
    began = datetime.combine(day, time(), ZoneInfo(zone))
    return max(0, min(_PPM, (now - began) * _PPM // _DAY))
