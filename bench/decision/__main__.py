"""`PYTHONPATH=src python -m bench.decision`: whole durable decisions beside plainer endpoints.

One embedded server, durable (checked). Every column is a process of its own, alive for its own runs
only, and gets the same requests from wrk: real applications. Rounds are interleaved, ratios are
made within a round. Exit 3 when wrk or the demo data is not there.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
from bench.decision import fastapi_insert, lane_row
from bench.decision.cpu import seconds as cpu_seconds
from bench.decision.report import Round, Run, spread, summary, table
from bench.decision.seed import (
    TOKENS,
    let_challenge,
    seed_parties,
    train,
    write_bodies,
)
from bench.decision.server import COLUMNS, Column, Running, running
from bench.decision.stages import stages
from bench.lenders import SHIPPED, write_rules

from tongtu.runtime.api import Database, EmbeddedPostgres, SystemEntropy, load_root, migrate

DATABASE = "bench_decision"
DURABLE = ("fsync", "synchronous_commit", "full_page_writes")
SCRIPT = Path(__file__).with_name("load.lua")
NOT_HERE = 3
SETTLE_TIMEOUT_S = 60
WARM_S = 1  # for caches and plans of a column just started
_WAITING = """
select coalesce((select sum(cardinality(hashes)) from evidence.batch), 0)
     - (select size from evidence.cursor)
"""
# The lenders' budgets of a day would be gone after some thousand decisions, and refusals are cheap.
_AMPLE = "update funding.quota set limit_minor = 1000000000000000000 returning program"
_MIX = """
select outcome, count(*) as decisions, avg(cardinality(programs)) as offers
  from origination.decision group by outcome order by outcome
"""
_CHANGED = """
select format('%I.%I', schemaname, relname) as name from pg_stat_user_tables
 where n_dead_tup + n_ins_since_vacuum + n_mod_since_analyze > 0
"""


@dataclass(frozen=True, slots=True)
class Plan:
    """How long and how wide to measure."""

    rounds: int
    seconds: int
    connections: tuple[int, ...]
    parties: int
    lenders: int = SHIPPED


@dataclass(slots=True)
class Bench:
    """What is measured, and the counters that make every request a new one."""

    dsn: str
    folder: Path
    plan: Plan
    postmaster: int
    sent: int = 0  # to columns that look at no token
    applied: int = 0  # to platforms: as many parties are used up
    vacuum_us: dict[str, list[float]] = field(default_factory=dict)

    def block(self, column: Column, widths: Sequence[int]) -> dict[int, Run]:
        """Start a column, warm it, load it at each width and end it.

        What it left to vacuum is vacuumed once it has ended, so that no other column pays for it.
        """
        before = self.sent + self.applied
        home = self.folder / f"home-{column.name}"
        if column.is_platform and not home.exists():
            shutil.copytree(self.folder / "home", home)
        with running(column, home, self.dsn) as side:
            if column.is_platform:
                asyncio.run(_rows(self.dsn, _AMPLE))
            self._run(side, self.plan.connections[-1], WARM_S)
            runs = {width: self._run(side, width, self.plan.seconds) for width in widths}
        cpu_s = asyncio.run(_vacuum(self.dsn, self.postmaster))
        requests = self.sent + self.applied - before
        self.vacuum_us.setdefault(column.name, []).append(1e6 * cpu_s / requests)
        return runs

    def _run(self, side: Running, connections: int, seconds: int) -> Run:
        """Load one column; CPU is taken once everything it set in motion has come to rest."""
        before = cpu_seconds(side.pid), cpu_seconds(self.postmaster)
        result = self._wrk(side, connections, seconds)
        load = os.getloadavg()[0]
        if side.column.is_platform:
            asyncio.run(_settle(self.dsn))
        return Run(
            column=side.column.name,
            connections=connections,
            app_cpu_s=cpu_seconds(side.pid) - before[0],
            server_cpu_s=cpu_seconds(self.postmaster) - before[1],
            load=load,
            **result,
        )

    def _wrk(self, side: Running, connections: int, seconds: int) -> dict[str, Any]:
        address = f"http://127.0.0.1:{side.port}"
        first = self.applied if side.column.is_platform else self.sent
        done = subprocess.run(
            ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "-s",
             str(SCRIPT), address, "--", "/v1/applications", str(first),
             str(self.plan.parties), str(self.folder / TOKENS), str(self.folder / "bodies")],
            check=True, capture_output=True, text=True,
        )  # fmt: skip
        result = json.loads(done.stdout.rpartition("RESULT ")[2])
        # wrk makes requests ahead of sending them: leave room for those.
        used = result["requests"] + 2 * connections
        if side.column.is_platform:
            self.applied += used
            self._check_parties()
        else:
            self.sent += used
        return result

    def _check_parties(self) -> None:
        if self.applied > self.plan.parties:
            raise SystemExit(
                f"{self.applied:,} applications of {self.plan.parties:,} parties: each may apply"
                " once only; give more --parties"
            )


def main() -> int:
    arguments = _arguments()
    if shutil.which("wrk") is None:
        print("wrk is not installed; on Debian: apt-get install wrk", file=sys.stderr)
        return NOT_HERE
    plan = Plan(
        arguments.rounds, arguments.seconds, (128, 256), arguments.parties, arguments.lenders
    )
    if arguments.quick:
        plan = Plan(1, 1, (32,), min(50_000, arguments.parties), arguments.lenders)
    with tempfile.TemporaryDirectory(prefix="tongtu-bench-") as name:
        folder = Path(name)
        figures = _bench(plan, folder)
    print(_text(figures, plan))
    if arguments.json:
        Path(arguments.json).write_text(json.dumps(figures, indent=2), encoding="utf-8")
    errors = sum(row["broken"] + row["refused"] for row in figures["columns"])
    return 1 if errors else 0


def _bench(plan: Plan, folder: Path) -> dict[str, Any]:
    home = folder / "home"
    home.mkdir()
    load_root(home, SystemEntropy())  # one database, one key: every platform here shares it
    train(home)
    rules = write_rules(folder / "rules", plan.lenders)
    applications = write_bodies(home, folder / "bodies")
    server = EmbeddedPostgres(folder / "server")
    asyncio.run(server.start())
    try:
        dsn = asyncio.run(_database(server, home, plan))
        asyncio.run(let_challenge(home, dsn))
        pid = server.pid
        assert pid is not None
        bench = Bench(dsn, folder, plan, pid)
        figures = summary(list(_rounds(bench, plan)))
        mix = asyncio.run(_rows(dsn, _MIX))
    finally:
        asyncio.run(server.stop())
    return {
        **figures,
        "mix": mix,
        "vacuum_us": {name: spread(values) for name, values in bench.vacuum_us.items()},
        "parties": {"applied": bench.applied, "seeded": plan.parties},
        "applications": applications,
        "stages_us": {
            "batch of 128": stages(home, 128, rules),
            "one alone": stages(home, 1, rules),
        },
    }


def _rounds(bench: Bench, plan: Plan) -> Iterator[Round]:
    for column in COLUMNS:  # warm the server, and put something into the tables
        bench.block(column, ())
    bench.vacuum_us.clear()
    for number in range(plan.rounds):
        turn = number % len(COLUMNS)
        runs = {one.name: bench.block(one, plan.connections) for one in _turned(turn)}
        done = ", ".join(
            f"{column.name} {runs[column.name][plan.connections[0]].rate:,.0f}/s"
            for column in COLUMNS
        )
        print(f"round {number + 1}/{plan.rounds}: {done}", file=sys.stderr)
        yield {
            (column.name, width): runs[column.name][width]
            for width in plan.connections
            for column in COLUMNS
        }


def _turned(turn: int) -> tuple[Column, ...]:
    return COLUMNS[turn:] + COLUMNS[:turn]


async def _database(server: EmbeddedPostgres, home: Path, plan: Plan) -> str:
    admin = await asyncpg.connect(server.dsn)
    try:
        for setting in DURABLE:
            if await admin.fetchval(f"show {setting}") != "on":
                raise SystemExit(f"not durable: {setting} is off")
        await admin.execute(f"create database {DATABASE}")
    finally:
        await admin.close()
    dsn = urlunsplit(urlsplit(server.dsn)._replace(path=f"/{DATABASE}"))
    await migrate(Database(dsn))
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(fastapi_insert.TABLE)
        await connection.execute(lane_row.TABLE)
    finally:
        await connection.close()
    await seed_parties(dsn, home, plan.parties, plan.lenders)
    return dsn


async def _settle(dsn: str) -> None:
    """Wait until every decision has its place in the evidence log."""
    connection = await asyncpg.connect(dsn)
    try:
        for _ in range(SETTLE_TIMEOUT_S * 10):
            if await connection.fetchval(_WAITING) == 0:
                return
            await asyncio.sleep(0.1)
        raise SystemExit("the evidence log does not catch up")
    finally:
        await connection.close()


async def _vacuum(dsn: str, postmaster: int) -> float:
    """Vacuum and analyze what has changed, and return the CPU seconds of it."""
    tables = ", ".join(row["name"] for row in await _rows(dsn, _CHANGED))
    if not tables:
        return 0.0
    connection = await asyncpg.connect(dsn)
    try:
        before = cpu_seconds(postmaster)
        await connection.execute(f"vacuum (analyze) {tables}", timeout=SETTLE_TIMEOUT_S)
        return cpu_seconds(postmaster) - before
    finally:
        await connection.close()


async def _rows(dsn: str, query: str) -> list[dict[str, Any]]:
    connection = await asyncpg.connect(dsn)
    try:
        return [
            {
                name: value if isinstance(value, str | int) else float(value)
                for name, value in row.items()
            }
            for row in await connection.fetch(query)
        ]
    finally:
        await connection.close()


def _text(figures: dict[str, Any], plan: Plan) -> str:
    lines = [table(figures), "", "columns:"]
    lines += [f"  {column.name:10}{column.says}" for column in COLUMNS]
    lines += ["", "CPU us a decision by stage (engine alone, best of rounds):"]
    batch, alone = figures["stages_us"].values()
    lines += [f"  {name:28}{batch[name]:8.1f} in 128{alone[name]:8.1f} alone" for name in batch]
    said = ", ".join(
        f"{row['outcome']} {row['decisions']:,} ({row['offers']:.1f} offers)"
        for row in figures["mix"]
    )
    lines += ["", f"decided: {said}; from {figures['applications']:,} real applications"]
    vacuum = ", ".join(f"{name} {us['median']:.1f}" for name, us in figures["vacuum_us"].items())
    lines += [f"vacuum after its runs, CPU us a request, in no figure above: {vacuum}"]
    parties = figures["parties"]
    lines += [f"parties: {parties['applied']:,} of {parties['seeded']:,} applied, each once"]
    lines += [f"{plan.rounds} interleaved rounds of {plan.seconds} s; {os.cpu_count()} cores"]
    lines += [f"{plan.lenders} lenders"]
    return "\n".join(lines)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench.decision", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3, help="of each run")
    parser.add_argument("--parties", type=int, default=400_000, help="that apply, once each")
    parser.add_argument("--lenders", type=int, default=SHIPPED, help="shipped ones and invented")
    parser.add_argument("--json", help="also write the figures to this file")
    parser.add_argument("--quick", action="store_true", help="one short round: a smoke test")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
