"""Our side: callers that each post one transfer after the other through the ledger lane."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from bench.ledger.measure import Run, measured

from tongtu.kernel.ids import AccountId, TransferId
from tongtu.ledger.api import (
    Account,
    AccountKind,
    Code,
    Posting,
    PostingResult,
    Transfer,
    ledger_lane,
    open_accounts,
)
from tongtu.runtime.api import Runtime

DAY = date(2026, 11, 24)
CELL = 0
_OPEN_AT_ONCE = 10_000

Pair = Callable[[], tuple[AccountId, AccountId]]


class Workload:
    """The open accounts, and who pays whom."""

    def __init__(self, runtime: Runtime, owners: int, seed: int) -> None:
        self._runtime = runtime
        self._owners = owners
        self._draw = random.Random(seed)
        self._hot = Account(CELL, AccountKind.SUSPENSE, 1).id
        self._accounts = [
            Account(CELL, AccountKind.BORROWER_CASH, owner << 22) for owner in range(1, owners + 1)
        ]
        self._ids = [account.id for account in self._accounts]

    async def open(self) -> None:
        """Open all accounts."""
        everyone = [*self._accounts, Account(CELL, AccountKind.SUSPENSE, 1)]
        for start in range(0, len(everyone), _OPEN_AT_ONCE):
            async with self._runtime.database.transaction() as connection:
                await open_accounts(connection, everyone[start : start + _OPEN_AT_ONCE])

    def hot(self) -> tuple[AccountId, AccountId]:
        """Any account pays the one hot account."""
        return self._ids[int(self._draw.random() * self._owners)], self._hot

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


async def run_lane(runtime: Runtime, load: Load, postmaster: int) -> Run:
    """Let callers post through one lane; each waits for its durable answer, then asks again."""
    lane = ledger_lane(runtime, CELL)
    await lane.start()
    clock, ids = time.perf_counter, runtime.ids
    try:
        with measured(load.name, postmaster) as run:
            end = clock() + load.seconds

            async def call() -> None:
                while (start := clock()) < end:
                    number = ids.new(0)
                    debit, credit = load.pair()
                    transfer = Transfer(
                        TransferId(number), debit, credit, 1, Code.CORRECTION, 0, number
                    )
                    answers = await lane.submit(Posting(DAY, (transfer,)))
                    if answers != (PostingResult.POSTED,):
                        raise RuntimeError(f"a transfer was not posted: {answers}")
                    run.latencies.append(clock() - start)

            await asyncio.gather(*(call() for _ in range(load.callers)))
        run.units = len(run.latencies)
    finally:
        await lane.stop()
    return run
