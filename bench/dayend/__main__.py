"""`PYTHONPATH=src python -m bench.dayend`: a whole day end beside a SQL UPDATE of all loans.

Both sides run durably on one server. A round is one day: loans that fall due are paid (not
measured), then the day is closed by us and the plain table is updated, in turning order. Then the
kernel alone runs beside DuckDB's scan of five columns. `--loans 10000000` for ten million.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import asyncpg
import structlog
import uvloop
from bench.dayend.portfolio import FILLING, ONE_DAY, Portfolio
from bench.dayend.sides import Kernel, Plain, Scan, forget_peak, peak_mb, segments_of
from bench.ledger.measure import Meter, Run
from bench.opened import runtime_on

from tongtu.policy.api import Pack
from tongtu.runtime.api import (
    EmbeddedPostgres,
    Runtime,
    migrate,
)
from tongtu.servicing.api import ClosedDay, close_cell, standards_of

FIRST = date(2026, 11, 24)
SHARED_MB = 2048
DAY_STATEMENT_S = 600
DURABLE = ("fsync", "synchronous_commit", "full_page_writes")


def main() -> int:
    """Measure, print, and return how the bench ends."""
    parser = argparse.ArgumentParser(prog="bench.dayend", description=__doc__)
    parser.add_argument("--loans", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5, help="days that are closed by both sides")
    parser.add_argument("--home", help="folder for the server and the files (default: a temporary)")
    parser.add_argument("--json", help="also write the figures to this file")
    arguments = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(30))
    with tempfile.TemporaryDirectory(prefix="tongtu-bench-", dir=arguments.home) as home:
        figures = uvloop.run(_bench(arguments.loans, arguments.rounds, Path(home)))
    print(_table(figures))
    if arguments.json:
        Path(arguments.json).write_text(json.dumps(figures, indent=2), encoding="utf-8")
    return 0


async def _bench(loans: int, rounds: int, home: Path) -> dict[str, Any]:
    async with EmbeddedPostgres(home, shared_mb=SHARED_MB, options=FILLING) as server:
        admin = await asyncpg.connect(server.dsn)
        await admin.execute("create database bench_dayend")
        await admin.close()
        runtime = runtime_on(server.address("bench_dayend"), home, DAY_STATEMENT_S)
        await migrate(runtime.database)
        await runtime.database.open()
        watching = await runtime.database.lane_connection()
        try:
            return await _measure(runtime, Meter(watching), loans, rounds)
        finally:
            await watching.close()
            await runtime.database.close()


async def _measure(runtime: Runtime, meter: Meter, loans: int, rounds: int) -> dict[str, Any]:
    async with runtime.database.reading() as connection:
        for setting in DURABLE:
            if await connection.fetchval(f"show {setting}") != "on":
                raise SystemExit(f"not durable: {setting} is off")
    start = time.perf_counter()
    portfolio, plain = Portfolio(runtime, loans, FIRST, seed=20261124), Plain(runtime)
    await portfolio.fill()
    await plain.fill(FIRST - ONE_DAY)
    _say(f"{loans:,} loans written in {time.perf_counter() - start:.0f} s")
    standards = standards_of(Pack.load("cn/2026.08"), FIRST)

    async def ours(day: date) -> tuple[Run, ClosedDay]:
        async with meter.measured("day end") as run:
            closed = await close_cell(runtime, 0, day, standards)
        run.units = closed.loans
        return run, closed

    async def theirs(day: date) -> Run:
        async with meter.measured("UPDATE") as run:
            run.units = await plain.close(day)
        return run

    forget_peak()
    resting = peak_mb()
    first, _ = await ours(FIRST)  # no segment is at hand yet: every loan is read
    _say(f"first day, all loans read: {first.wall_s:.2f} s")
    await theirs(FIRST)
    first_peak = peak_mb()
    forget_peak()
    pairs, paid = [], []
    for number in range(1, rounds + 1):
        day = FIRST + number * ONE_DAY
        paid.append(await portfolio.pay(day))
        await plain.tidy()
        if number % 2:
            run, closed = await ours(day)
            other = await theirs(day)
        else:
            other = await theirs(day)
            run, closed = await ours(day)
        pairs.append((run, other))
        _say(
            f"round {number}/{rounds}: day end {run.wall_s:.2f} s, UPDATE {other.wall_s:.2f} s,"
            f" paid {paid[-1]:,}, accrued {closed.accrued_minor / 100:,.0f} yuan"
        )
    peak = peak_mb()
    kernel = await _kernel(runtime, FIRST + rounds * ONE_DAY, closed, max(rounds, 9))
    return {
        "loans": loans,
        "rounds": rounds,
        "first_day_s": first.wall_s,
        "first_day_peak_mb": first_peak,
        "day_end": _side([run for run, _ in pairs]),
        "update": _side([run for _, run in pairs]),
        "ratios": {
            "UPDATE of all loans / day end": _spread([b.wall_s / a.wall_s for a, b in pairs]),
            "CPU of UPDATE / CPU of day end": _spread([b.cpu_us / a.cpu_us for a, b in pairs]),
        }
        | kernel["ratios"],
        "kernel": kernel,
        "paid_a_day": statistics.median(paid),
        "resting_mb": resting,
        "peak_mb": peak,
    }


async def _kernel(runtime: Runtime, day: date, closed: ClosedDay, rounds: int) -> dict[str, Any]:
    segments = await segments_of(runtime, day)
    loans = sum(part.shape[1] for part in segments)
    kernel, scan = Kernel(segments, day), Scan(segments)
    if kernel.interest_minor() != sum(line.interest_minor for line in closed.lines):
        raise RuntimeError("the kernel and the closed day disagree")
    kernel.run()
    scan.run()
    pairs = [(kernel.run(), scan.run()) for _ in range(rounds)]
    return {
        "kernel_million_per_s": _spread([loans / ours / 1e6 for ours, _ in pairs]),
        "scan_million_per_s": _spread([loans / other / 1e6 for _, other in pairs]),
        "ratios": {"kernel / DuckDB scan of 5 columns": _spread([b / a for a, b in pairs])},
        "load": os.getloadavg()[0],
    }


def _side(runs: Sequence[Run]) -> dict[str, Any]:
    return {
        "seconds": _spread([run.wall_s for run in runs]),
        "client_cpu_s": _spread([run.client_cpu_s for run in runs]),
        "server_cpu_s": _spread([run.server_cpu_s for run in runs]),
        "load": _spread([run.load for run in runs]),
    }


def _spread(values: Sequence[float]) -> dict[str, float]:
    return {"median": statistics.median(values), "least": min(values), "most": max(values)}


def _table(figures: dict[str, Any]) -> str:
    lines = [f"{'':<36}{'seconds':>24}{'our CPU s':>22}{'server CPU s':>22}{'load':>20}"]
    for name, key in (("whole day end", "day_end"), ("SQL UPDATE of all loans", "update")):
        one = figures[key]
        shown = (one["seconds"], one["client_cpu_s"], one["server_cpu_s"], one["load"])
        lines.append(f"{name:<36}{_show(shown[0]):>24}{_show(shown[1]):>22}{_show(shown[2]):>22}"
                     f"{_show(shown[3]):>20}")  # fmt: skip
    kernel = figures["kernel"]
    lines += [
        "",
        f"{'kernel, million loans/s':<36}{_show(kernel['kernel_million_per_s']):>24}",
        f"{'DuckDB scan, million loans/s':<36}{_show(kernel['scan_million_per_s']):>24}",
        "",
    ]
    lines += [f"{name:<36}{_show(one):>24}" for name, one in figures["ratios"].items()]
    days, paid = figures["rounds"], figures["paid_a_day"]
    lines.append("")
    lines.append(f"{figures['loans']:,} loans, {days} days by both sides, {paid:,.0f} paid a day")
    lines.append(
        f"memory of this process: {figures['resting_mb']} MB before, at most"
        f" {figures['peak_mb']} MB in a day end; first day (all loans read)"
        f" {figures['first_day_s']:.1f} s, at most {figures['first_day_peak_mb']} MB"
    )
    return "\n".join(lines)


def _show(spread: dict[str, float]) -> str:
    return f"{spread['median']:.2f} ({spread['least']:.2f}..{spread['most']:.2f})"


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
