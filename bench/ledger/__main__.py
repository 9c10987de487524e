"""`PYTHONPATH=src python -m bench.ledger`: the ledger lane beside pgbench TPC-B, one server.

Both sides commit durably (fsync and synchronous_commit on, checked). Each round runs every
workload once, in turning order; ratios are made within a round. At the end the books must be whole.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import uvloop
from bench.ledger.lane import CELL, DAY, Load, Workload, run_lane
from bench.ledger.measure import Meter, Run
from bench.ledger.report import Round, summary, table
from bench.ledger.tpcb import fill, run_tpcb
from bench.opened import runtime_on

from tongtu.ledger.api import Code, balances_equal_replay, roll_days
from tongtu.runtime.api import (
    EmbeddedPostgres,
    Runtime,
    migrate,
    open_business_day,
)

OURS, THEIRS = "bench_ledger", "bench_tpcb"
SHARED_MB = 2048  # TPC-B at scale 64 is about 1 GB: both sides have all their rows in memory
DURABLE = ("fsync", "synchronous_commit", "full_page_writes")


@dataclass(frozen=True, slots=True)
class Plan:
    """How long and how wide to measure."""

    rounds: int
    seconds: float
    callers: int
    owners: int  # accounts of the uniform load: so many that transfers rarely meet
    scale: int  # branches of TPC-B; fewer than clients, and they wait for each other
    clients: tuple[int, ...]


def main() -> int:
    """Measure, print, and return how the bench ends."""
    arguments = _arguments()
    figures, is_whole = uvloop.run(_bench(arguments))
    print(table(figures))
    print("books: " + ("every balance equals its replay, sum 0" if is_whole else "NOT WHOLE"))
    if arguments.json:
        Path(arguments.json).write_text(json.dumps(figures, indent=2), encoding="utf-8")
    return 0 if is_whole else 1


async def _bench(arguments: argparse.Namespace) -> tuple[dict[str, Any], bool]:
    clients = (1, 4, 16, 32, 64)
    plan = Plan(arguments.rounds, arguments.seconds, arguments.callers, 100_000, 64, clients)
    if arguments.quick:
        plan = Plan(1, 1, 200, 2_000, 4, (4,))
    with tempfile.TemporaryDirectory(prefix="tongtu-bench-") as home:
        async with _server(arguments.dsn, Path(home)) as dsn, _databases(dsn) as (ours, theirs):
            runtime = runtime_on(ours, Path(home))
            await migrate(runtime.database)
            await runtime.database.open()
            try:
                return await _measure(runtime, theirs, plan)
            finally:
                await runtime.database.close()


async def _measure(runtime: Runtime, theirs: str, plan: Plan) -> tuple[dict[str, Any], bool]:
    await fill(theirs, plan.scale)
    workload = Workload(runtime, plan.owners, seed=20261124)
    await workload.open()
    watcher = await runtime.database.lane_connection()
    try:
        await _check_durable(watcher)
        rounds = await _rounds(workload, plan, Meter(watcher), theirs)
    finally:
        await watcher.close()
    rolling = await _roll(runtime)
    async with runtime.database.reading() as connection:
        replay = await balances_equal_replay(connection)
        shared_buffers = await connection.fetchval("SHOW shared_buffers")
    figures = summary(rounds) | {
        "scale": plan.scale,
        "seconds": plan.seconds,
        "accounts": plan.owners,
        "callers": plan.callers,
        "shared_buffers": shared_buffers,
        "roll_us": 1e6 * rolling / replay.transfers,
    }
    return figures, replay.is_whole


async def _rounds(workload: Workload, plan: Plan, meter: Meter, theirs: str) -> list[Round]:
    runtime = workload.runtime
    loads = {
        "hot": Load("hot", workload.hot, plan.callers, 0),
        "uniform": Load("uniform", workload.uniform, plan.callers, 0),
        "repaid": Load("repaid", workload.collected, plan.callers, 0, code=Code.REPAYMENT_COLLECT),
        "two-phase": Load("two-phase", workload.hot, plan.callers, 0, is_two_phase=True),
    }

    async def run(name: str, seconds: float) -> Run:
        if name in loads:
            return await run_lane(runtime, replace(loads[name], seconds=seconds), meter)
        return await run_tpcb(theirs, int(name.split()[1]), seconds, meter)

    names = [*loads, *(f"tpcb {clients}" for clients in plan.clients)]
    for name in names:  # warm caches, plans and full-page images
        await run(name, plan.seconds)
    await _checkpoint(runtime)
    rounds: list[Round] = []
    for number in range(plan.rounds):
        turned = names[number % len(names) :] + names[: number % len(names)]
        one = {name: await run(name, plan.seconds) for name in turned}
        rounds.append({name: one[name] for name in names})
        done = ", ".join(f"{name} {one[name].rate:,.0f}/s" for name in names)
        print(f"round {number + 1}/{plan.rounds}: {done}", file=sys.stderr)
    return rounds


async def _check_durable(connection: asyncpg.Connection) -> None:
    for setting in DURABLE:
        found = await connection.fetchval(f"SHOW {setting}")
        if found != "on":
            raise SystemExit(f"not durable: {setting} is {found}")


async def _roll(runtime: Runtime) -> float:
    """Roll up the day that was posted; return the seconds: what balances as of any day cost."""
    async with runtime.database.transaction() as connection:
        await open_business_day(connection, DAY + timedelta(1))
    start = time.perf_counter()
    if await roll_days(runtime, CELL, DAY) != 1:
        raise RuntimeError("the day was not rolled up")
    return time.perf_counter() - start


async def _checkpoint(runtime: Runtime) -> None:
    connection = await runtime.database.lane_connection()
    try:
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()


@asynccontextmanager
async def _server(dsn: str | None, home: Path) -> AsyncIterator[str]:
    if dsn is not None:
        yield dsn
        return
    async with EmbeddedPostgres(home, shared_mb=SHARED_MB) as own:
        yield own.dsn


@asynccontextmanager
async def _databases(dsn: str) -> AsyncIterator[tuple[str, str]]:
    """Make both databases beside the one of `dsn`, and drop them at the end."""
    admin = await asyncpg.connect(dsn)
    try:
        for name in (OURS, THEIRS):
            await admin.execute(f"DROP DATABASE IF EXISTS {name}")
            await admin.execute(f"CREATE DATABASE {name}")
        parts = urlsplit(dsn)
        yield (
            urlunsplit(parts._replace(path=f"/{OURS}")),
            urlunsplit(parts._replace(path=f"/{THEIRS}")),
        )
        for name in (OURS, THEIRS):
            await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await admin.close()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench.ledger", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3.0, help="of each run")
    parser.add_argument("--callers", type=int, default=2000, help="that wait at the lane at once")
    parser.add_argument("--dsn", help="a server to use; default: an embedded one of its own")
    parser.add_argument("--json", help="also write the figures to this file")
    parser.add_argument("--quick", action="store_true", help="one short round: a smoke test")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
