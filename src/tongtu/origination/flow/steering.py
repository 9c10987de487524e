"""Prices of scarce money, made beside the lane from what was decided: never in a request.

The last decisions tell who could have gone where; those that found a budget empty are decided again
with money for everybody, by an engine of their version that is made when the first such one comes.
What lenders have left today and this month, and how many are still expected, give the prices.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from functools import partial

import numpy as np

from tongtu.funding.api import (
    STEER_GUARD_PPM,
    Budgets,
    Solved,
    Steering,
    elapsed,
    left_of,
    newest_prices,
    router_is_off,
    shadow_prices,
    write_prices,
)
from tongtu.kernel.errors import TongtuError
from tongtu.kernel.ids import DecisionId, ProgramId
from tongtu.kernel.money import AMOUNT_MINOR_MAX
from tongtu.origination.flow.lane import DecisionLane
from tongtu.origination.flow.recent import RecentRecords
from tongtu.origination.model import Case, Offer
from tongtu.origination.rules.engine import DecisionEngine
from tongtu.origination.rules.record import Record
from tongtu.origination.store.count import decided_on
from tongtu.runtime.api import Background, Runtime, business_date, count

EVERY_S = 10.0
# Of a cell so many decisions tell prices; they are decided again in a thread.
SAMPLE = 400
# A day's first hour says little of the rest of it: it is taken as at least this part of a day.
_ELAPSED_PPM_MIN = 1_000_000 // 24
_PPM = 1_000_000
Engines = Mapping[int, DecisionEngine]


class ShadowPricing:
    """Gives the lane its prices; while the router is switched off it gives it none."""

    def __init__(self, runtime: Runtime, lane: Callable[[], DecisionLane | None]) -> None:
        self._runtime = runtime
        self._lane = lane
        self._work = Background("shadow pricing", self.price, EVERY_S)
        self._recent = RecentRecords(SAMPLE)
        self._seen: tuple[date, tuple[DecisionId, ...]] | None = None

    async def start(self) -> None:
        """Begin to price."""
        await self._work.start()

    async def stop(self) -> None:
        """Stop; the lane keeps the prices it has."""
        await self._work.stop()

    async def follow_switch(self) -> None:
        """Take the lane's prices away at once when the router was switched off."""
        lane = self._lane()
        async with self._runtime.database.reading() as connection:
            is_off = await router_is_off(connection)
            newest = await newest_prices(connection)
        if lane is None:
            return
        if is_off:
            lane.steering = None
        elif lane.steering is None:
            # A process that starts again begins with the prices of before.
            lane.steering = Steering(STEER_GUARD_PPM) if newest is None else newest.steering

    async def price(self) -> Steering | None:
        """Make the prices anew when somebody was decided since; None while the router is off."""
        await self.follow_switch()
        lane, runtime = self._lane(), self._runtime
        if lane is None or lane.steering is None:
            return None
        async with runtime.database.reading() as connection:
            today = await business_date(connection)
            left = await left_of(connection, today, runtime.settings.cells)
        records = await self._records(lane)
        seen = today, tuple(record.case.request.decision for _, record in records)
        if not records or seen == self._seen:
            return lane.steering
        ahead = await self._ahead(today)
        work = partial(_solve, records, left, ahead, dict(lane.steering.tolls))
        numbers = {number for number, record in records if not _tells_all(record)}
        tolls = await lane.versions.work_apart(runtime.database, numbers, work)
        self._seen = seen
        made = Steering(STEER_GUARD_PPM, tolls)
        if made != lane.steering:
            solved = Solved(runtime.clock.now(), today, len(records), ahead, made)
            async with runtime.database.transaction() as connection:
                await write_prices(connection, solved)
            count("shadow_prices_solved").inc()
        await self.follow_switch()  # it may have been switched off meanwhile
        if lane.steering is not None:
            lane.steering = made
        return lane.steering

    async def _records(self, lane: DecisionLane) -> list[tuple[int, Record]]:
        """Return the latest decisions with their versions, oldest first in each cell."""
        runtime, found = self._runtime, list[tuple[int, Record]]()
        for cell in range(runtime.settings.cells):
            at = runtime.clock.now()
            found += await self._recent.read(runtime.database, lane.versions, cell, at)
        return found

    async def _ahead(self, today: date) -> int:
        """Return how many are still expected today: as many as yesterday, more if more come."""
        runtime = self._runtime
        async with runtime.database.reading() as connection:
            days = (today - timedelta(days=1), today)
            before, so_far = await decided_on(connection, days)
        passed = elapsed(runtime.clock.now(), today, runtime.settings.zone)
        pace = so_far * (_PPM - passed) // max(passed, _ELAPSED_PPM_MIN)
        return max(1, before - so_far, pace)


def _solve(
    records: Sequence[tuple[int, Record]],
    left: Mapping[ProgramId, int],
    ahead: int,
    before: Mapping[ProgramId, int],
    own: Engines,
) -> tuple[tuple[ProgramId, int], ...]:
    """Return the price of a fen of each scarce program, in ppm of a fen of worth."""
    programs = tuple(left)
    place = {program: n for n, program in enumerate(programs)}
    lists = _could_go(records, own)
    if not lists or not programs:
        return ()
    worth = np.full((len(lists), len(programs)), -np.inf)
    amount = np.array([found[0][0].amount_minor for found in lists], np.float64)
    for case, found in enumerate(lists):
        for offer, worth_minor in found:
            if offer.program in place and offer.amount_minor <= left[offer.program]:
                worth[case, place[offer.program]] = worth_minor
    budgets = Budgets(np.eye(len(programs)), np.zeros(len(programs), np.bool_))
    # Of all that come only a part is lent to: the rest need nothing of anybody's money.
    expected = max(1.0, ahead * len(lists) / len(records))
    rates = np.array([left[program] for program in programs], np.float64) / expected
    start = np.array([before.get(program, 0) / _PPM for program in programs])
    prices = shadow_prices(worth, amount, budgets, rates, start if start.any() else None)
    told = zip(programs, np.rint(prices * _PPM).astype(np.int64).tolist(), strict=True)
    return tuple((program, toll) for program, toll in told if toll > 0)


def _could_go(records: Sequence[tuple[int, Record]], own: Engines) -> list[list[tuple[Offer, int]]]:
    """Return the offers, with their worth, that each would have had with money for everybody."""
    together: dict[tuple[int, date], list[Case]] = {}
    found: list[list[tuple[Offer, int]]] = []
    for number, record in records:
        decided, case = record.decided, record.case
        if not _tells_all(record):
            # Nobody is steered here, so that all are decided by column.
            plain = case._replace(known=case.known._replace(steering=None))
            together.setdefault((number, record.business_date), []).append(plain)
        elif decided.offers:
            found.append(list(zip(decided.offers, decided.worths, strict=True)))
    for (number, day), cases in together.items():
        engine, most = own[number], AMOUNT_MINOR_MAX * len(cases)
        ample = {program.id: most for program in engine.book.programs()}
        found += [
            [(offer, engine.worth_minor(offer, day)) for offer in again.offers]
            for again in engine.decide(cases, ample, day)
            if not isinstance(again, TongtuError) and again.offers
        ]
    return found


def _tells_all(record: Record) -> bool:
    """Tell whether a record has every offer there was money for or not, and what each is worth."""
    decided = record.decided
    return not decided.exhausted and len(decided.worths) == len(decided.offers)
