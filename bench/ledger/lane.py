"""Our side: callers that each post one transfer after the other through the ledger lane."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from bench.ledger.measure import Meter, Run

from tongtu.kernel.ids import AccountId, TransferId
from tongtu.ledger.api import (
    Account,
    AccountKind,
    Code,
    Posting,
    PostingResult,
    Transfer,
    end_by_posting,
    ledger_lane,
    open_accounts,
    pending,
)
from tongtu.runtime.api import Lane, Runtime

DAY = date(2026, 11, 24)
HOLD = timedelta(minutes=5)
CELL = 0
_OPEN_AT_ONCE = 10_000

Pair = Callable[[], tuple[AccountId, AccountId]]


class Workload:
    """The open accounts, and who pays whom."""

    def __init__(self, runtime: Runtime, owners: int, seed: int) -> None:
        self.runtime = runtime
        self._owners = owners
        self._draw = random.Random(seed)
        self._hot = Account(CELL, AccountKind.SUSPENSE, 1).id
        self._accounts = [
            Account(CELL, AccountKind.BORROWER_CASH, owner << 22) for owner in range(1, owners + 1)
        ]
        self._ids = [account.id for account in self._accounts]
        self._collect = Account(CELL, AccountKind.CLEARING_COLLECT).id

    async def open(self) -> None:
        """Open all accounts."""
        everyone = [
            *self._accounts,
            Account(CELL, AccountKind.SUSPENSE, 1),
            Account(CELL, AccountKind.CLEARING_COLLECT),
        ]
        for start in range(0, len(everyone), _OPEN_AT_ONCE):
            async with self.runtime.database.transaction() as connection:
                await open_accounts(connection, everyone[start : start + _OPEN_AT_ONCE])

    def hot(self) -> tuple[AccountId, AccountId]:
        """Any account pays the one hot account."""
        return self._ids[int(self._draw.random() * self._owners)], self._hot

    def collected(self) -> tuple[AccountId, AccountId]:
        """Any account repays into the one clearing account; with its code, a watched flow."""
        return self._ids[int(self._draw.random() * self._owners)], self._collect

    def uniform(self) -> tuple[AccountId, AccountId]:
        """Any account pays the next one."""
        place = int(self._draw.random() * self._owners)
        return self._ids[place], self._ids[place - 1]


@dataclass(frozen=True, slots=True)
class Load:
    """One workload: its name, who pays whom, and for how long how many callers do."""

    name: str
    pair: Pair
    callers: int
    seconds: float
    is_two_phase: bool = False  # hold first, then post: two transfers
    code: Code = Code.CORRECTION


async def run_lane(runtime: Runtime, load: Load, meter: Meter) -> Run:
    """Let callers post through one lane; each waits for its durable answer, then asks again."""
    async with meter.measured(load.name) as run:
        lane = ledger_lane(runtime, CELL)
        await lane.start()
        begun = time.perf_counter()
        try:
            caller = _Caller(runtime, lane, load, run, begun + load.seconds)
            await asyncio.gather(*(caller.call() for _ in range(load.callers)))
            run.wall_s = time.perf_counter() - begun
        finally:
            await lane.stop()
        run.units = len(run.latencies)
    return run


@dataclass(frozen=True, slots=True)
class _Caller:
    runtime: Runtime
    lane: Lane[Posting, tuple[PostingResult, ...]]
    load: Load
    run: Run
    end: float

    async def call(self) -> None:
        ids, load, clock = self.runtime.ids, self.load, time.perf_counter
        while clock() < self.end:
            number = ids.new(0)
            debit, credit = load.pair()
            transfer = Transfer(TransferId(number), debit, credit, 1, load.code, 0, number)
            if load.is_two_phase:
                transfer = pending(transfer, self.runtime.clock.now() + HOLD)
                await self._post(transfer)
                transfer = end_by_posting(transfer, TransferId(ids.new(0)))
            await self._post(transfer)

    async def _post(self, transfer: Transfer) -> None:
        start = time.perf_counter()
        answers = await self.lane.submit(Posting(DAY, (transfer,)))
        if answers != (PostingResult.POSTED,):
            raise RuntimeError(f"a transfer was not posted: {answers}")
        self.run.latencies.append(time.perf_counter() - start)
