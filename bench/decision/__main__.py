"""`PYTHONPATH=src python -m bench.decision`: whole durable decisions beside plainer endpoints.

One embedded server, durable (checked). Every column is a process of its own and gets the same
requests from wrk: real applications, each with a fresh key, party, token and device. Rounds are
interleaved, ratios are made within a round. Exit 3 when wrk or the demo data is not there.
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
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
from bench.decision import fastapi_insert, lane_row
from bench.decision.cpu import seconds as cpu_seconds
from bench.decision.report import Round, Run, summary, table
from bench.decision.seed import TOKEN_PREFIX, seed_parties, train, write_bodies
from bench.decision.server import COLUMNS, Running, running
from bench.decision.stages import stages

from tongtu.runtime.api import Database, EmbeddedPostgres, SystemEntropy, load_root, migrate

DATABASE = "bench_decision"
DURABLE = ("fsync", "synchronous_commit", "full_page_writes")
SCRIPT = Path(__file__).with_name("load.lua")
NOT_HERE = 3
SETTLE_TIMEOUT_S = 60
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


@dataclass(frozen=True, slots=True)
class Plan:
    """How long and how wide to measure."""

    rounds: int
    seconds: int
    connections: tuple[int, ...]
    parties: int


@dataclass(slots=True)
class Bench:
    """What is measured, and the counter that makes every request a new one."""

    dsn: str
    folder: Path
    plan: Plan
    postmaster: int
    sides: dict[str, Running] = field(default_factory=dict)
    sent: int = 0

    def run(self, column: str, connections: int, seconds: int) -> Run:
        """Load one column; CPU is taken once everything it set in motion has come to rest."""
        side = self.sides[column]
        before = cpu_seconds(side.pid), cpu_seconds(self.postmaster)
        result = self._wrk(side, connections, seconds)
        load = os.getloadavg()[0]
        if side.column.is_platform:
            asyncio.run(_settle(self.dsn))
        return Run(
            column=column,
            connections=connections,
            app_cpu_s=cpu_seconds(side.pid) - before[0],
            server_cpu_s=cpu_seconds(self.postmaster) - before[1],
            load=load,
            **result,
        )

    def _wrk(self, side: Running, connections: int, seconds: int) -> dict[str, Any]:
        address = f"http://127.0.0.1:{side.port}"
        done = subprocess.run(
            ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "-s",
             str(SCRIPT), address, "--", "/v1/applications", str(self.sent),
             str(self.plan.parties), TOKEN_PREFIX, str(self.folder / "bodies")],
            check=True, capture_output=True, text=True,
        )  # fmt: skip
        result = json.loads(done.stdout.rpartition("RESULT ")[2])
        # wrk makes requests ahead of sending them: leave room for those.
        self.sent += result["requests"] + 2 * connections
        return result


def main() -> int:
    arguments = _arguments()
    if shutil.which("wrk") is None:
        print("wrk is not installed; on Debian: apt-get install wrk", file=sys.stderr)
        return NOT_HERE
    plan = Plan(arguments.rounds, arguments.seconds, (128, 256), arguments.parties)
    if arguments.quick:
        plan = Plan(1, 1, (32,), 5_000)
    with tempfile.TemporaryDirectory(prefix="tongtu-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # the server may run as another user; its own folders stay closed
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
    applications = write_bodies(home, folder / "bodies")
    server = EmbeddedPostgres(folder / "server")
    asyncio.run(server.start())
    try:
        dsn = asyncio.run(_database(server, plan))
        pid = server.pid
        assert pid is not None
        bench = Bench(dsn, folder, plan, pid)
        with ExitStack() as stack:
            for column in COLUMNS:
                own = folder / f"home-{column.name}"
                if column.is_platform:
                    shutil.copytree(home, own)
                bench.sides[column.name] = stack.enter_context(running(column, own, dsn))
            asyncio.run(_rows(dsn, _AMPLE))
            rounds = list(_rounds(bench, plan))
        figures = summary(rounds)
        mix = asyncio.run(_rows(dsn, _MIX))
    finally:
        asyncio.run(server.stop())
    return {
        **figures,
        "mix": mix,
        "applications": applications,
        "stages_us": {"batch of 128": stages(home, 128), "one alone": stages(home, 1)},
    }


def _rounds(bench: Bench, plan: Plan) -> Iterator[Round]:
    names = [column.name for column in COLUMNS]
    for name in names:  # warm caches, plans and full-page images
        bench.run(name, plan.connections[-1], min(2, plan.seconds))
    for number in range(plan.rounds):
        turn = number % len(names)
        one: Round = {}
        for width in plan.connections:
            for name in names[turn:] + names[:turn]:
                one[name, width] = bench.run(name, width, plan.seconds)
        done = ", ".join(f"{name} {one[name, plan.connections[0]].rate:,.0f}/s" for name in names)
        print(f"round {number + 1}/{plan.rounds}: {done}", file=sys.stderr)
        yield {(name, width): one[name, width] for width in plan.connections for name in names}


async def _database(server: EmbeddedPostgres, plan: Plan) -> str:
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
    await seed_parties(dsn, plan.parties)
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
    lines += [f"{plan.rounds} interleaved rounds of {plan.seconds} s; {os.cpu_count()} cores"]
    return "\n".join(lines)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench.decision", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3, help="of each run")
    parser.add_argument("--parties", type=int, default=200_000, help="that apply in turn")
    parser.add_argument("--json", help="also write the figures to this file")
    parser.add_argument("--quick", action="store_true", help="one short round: a smoke test")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
