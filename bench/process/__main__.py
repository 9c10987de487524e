"""`PYTHONPATH=src:. python -m bench.process`: durable complete cases a second, as ratios.

Three ways on one server, in turning order each round: the engine's lane; SpiffWorkflow, serialised
into the same PostgreSQL; the same engine with a commit a step. At the end every case must be over.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import uvloop
from bench.ledger.measure import Meter, Run
from bench.opened import runtime_on
from bench.process.sides import MAKE, NODES, keep_file, run_lane, run_spiff, run_steps

from tongtu.runtime.api import (
    EmbeddedPostgres,
    Runtime,
    migrate,
)

DURABLE = ("fsync", "synchronous_commit", "full_page_writes")
GOAL = 10.0


@dataclass(frozen=True, slots=True)
class Plan:
    """How long and how wide to measure."""

    rounds: int
    seconds: float
    callers: int  # at the lane
    clients: int  # of each other way, a connection each


def main() -> int:
    """Measure, print, and return how the bench ends."""
    parser = argparse.ArgumentParser(prog="bench.process", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=5.0, help="of each run")
    parser.add_argument("--callers", type=int, default=512, help="that wait at the lane at once")
    parser.add_argument("--clients", type=int, default=32, help="of each other way")
    parser.add_argument("--quick", action="store_true", help="one short round: a smoke test")
    told = parser.parse_args()
    plan = Plan(told.rounds, told.seconds, told.callers, told.clients)
    runs, left = uvloop.run(_bench(Plan(1, 0.5, 64, 4) if told.quick else plan))
    _print(runs, plan)
    print(f"cases that are not over: {left}")
    return 1 if left else 0


async def _bench(plan: Plan) -> tuple[list[dict[str, Run]], int]:
    with tempfile.TemporaryDirectory(prefix="tongtu-bench-") as home:
        async with EmbeddedPostgres(Path(home), shared_mb=512) as server:
            runtime = runtime_on(server.dsn, Path(home))
            await migrate(runtime.database)
            await runtime.database.open()
            watcher = await asyncpg.connect(server.dsn)
            try:
                for name in DURABLE:
                    if await watcher.fetchval(f"show {name}") != "on":
                        raise RuntimeError(f"{name} is not on")
                await watcher.execute(MAKE)
                version = await keep_file(runtime)
                runs = [await _round(runtime, version, plan, n) for n in range(plan.rounds)]
                left = await watcher.fetchval(
                    "select (select count(*) from process.instance where state <> 'ended')"
                    " + (select count(*) from spiff where not is_over)"
                )
                return runs, left
            finally:
                await watcher.close()
                await runtime.database.close()


async def _round(runtime: Runtime, version: str, plan: Plan, number: int) -> dict[str, Run]:
    ways = {
        "lane": lambda: run_lane(runtime, version, plan.callers, plan.seconds),
        "spiff": lambda: run_spiff(runtime.database.dsn, plan.clients, plan.seconds),
        "steps": lambda: run_steps(runtime, version, plan.clients, plan.seconds),
    }
    names = list(ways)
    runs: dict[str, Run] = {}
    watcher = await asyncpg.connect(runtime.database.dsn)
    meter = Meter(watcher)
    try:
        for name in names[number % 3 :] + names[: number % 3]:
            await watcher.execute("checkpoint")
            async with meter.measured(name) as run:
                run.latencies = await ways[name]()
                run.units = len(run.latencies)
            runs[name] = run
    finally:
        await watcher.close()
    return runs


def _print(rounds: list[dict[str, Run]], plan: Plan) -> None:
    titles = {
        "lane": f"the engine's lane, {plan.callers} callers",
        "spiff": f"SpiffWorkflow, {plan.clients} connections",
        "steps": f"a commit a step ({NODES} nodes), {plan.clients} connections",
    }
    for name, title in titles.items():
        runs = [one[name] for one in rounds]
        rate, cpu = (statistics.median(values) for values in (
            [run.rate for run in runs], [run.cpu_us for run in runs]))  # fmt: skip
        p50, p99 = (statistics.median(run.quantile_ms(q) or 0 for run in runs) for q in (0.5, 0.99))
        print(
            f"{title:48} {rate:9.0f} cases/s  {cpu:7.0f} us CPU a case"
            f"  p50 {p50:6.1f} ms  p99 {p99:6.1f} ms"
        )
    for name in ("spiff", "steps"):
        ratios = [one["lane"].rate / one[name].rate for one in rounds]
        cpu = [one[name].cpu_us / one["lane"].cpu_us for one in rounds]
        print(
            f"lane / {name}: {statistics.median(ratios):.1f} times the cases"
            f" ({min(ratios):.1f} to {max(ratios):.1f}; goal {GOAL:.0f}),"
            f" {statistics.median(cpu):.1f} times less CPU"
        )


if __name__ == "__main__":
    sys.exit(main())
