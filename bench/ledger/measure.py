"""What one short run of a workload cost: units done, seconds, CPU of our side and the server's."""

from __future__ import annotations

import asyncio
import os
import resource
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
from bench.decision.cpu import seconds as tree_seconds
from bench.decision.cpu import tree

_LEAVING_LOOKS = 20  # within a second the server's processes end; a vacuum by itself may last


@dataclass(slots=True)
class Run:
    """One run. `units` is set by whoever ran it; latencies are in seconds, one a unit."""

    name: str
    units: int = 0
    wall_s: float = 0.0
    client_cpu_s: float = 0.0
    server_cpu_s: float = 0.0
    left_out_cpu_s: float = 0.0  # of both sides, for connecting: no part of the two above
    load: float = 0.0
    wal_syncs: int = 0  # flushes of the log, by whichever process of the server
    wal_bytes: int = 0
    latencies: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return self.units / self.wall_s

    @property
    def cpu_us(self) -> float:
        """CPU microseconds a unit: application or client, and every process of PostgreSQL."""
        return 1e6 * (self.client_cpu_s + self.server_cpu_s) / self.units

    @property
    def syncs_per_1000(self) -> float:
        return 1e3 * self.wal_syncs / self.units

    @property
    def wal_bytes_each(self) -> float:
        return self.wal_bytes / self.units

    def quantile_ms(self, share: float) -> float | None:
        if not self.latencies:
            return None
        ranked = sorted(self.latencies)
        return 1e3 * ranked[min(len(ranked) - 1, int(share * len(ranked)))]


class Meter:
    """Reads what the server does: its CPU, how often it flushed its log and what it wrote there."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection
        self.postmaster = _parent_of(connection.get_server_pid())
        self._syncs = (
            "SELECT sum(fsyncs)::bigint FROM pg_stat_io WHERE object = 'wal'"
            if connection.get_server_version().major >= 18
            else "SELECT wal_sync FROM pg_stat_wal"
        )

    @asynccontextmanager
    async def measured(self, name: str) -> AsyncIterator[Run]:
        """Yield a Run; its seconds, CPU and log are those of the block.

        A server process tells its counts at the latest when it ends, and its CPU then too: those
        of the block are waited for, after the clock has stopped.
        """
        run, before = Run(name), set(tree(self.postmaster))
        syncs, size = await self._wal()
        server, client = tree_seconds(self.postmaster), _own_seconds()
        start = time.perf_counter()
        yield run
        run.wall_s = run.wall_s or time.perf_counter() - start
        for _ in range(_LEAVING_LOOKS):
            if before.issuperset(tree(self.postmaster)):
                break
            await asyncio.sleep(0.05)
        run.client_cpu_s = _own_seconds() - client
        run.server_cpu_s = tree_seconds(self.postmaster) - server
        after = await self._wal()
        run.wal_syncs, run.wal_bytes = after[0] - syncs, after[1] - size
        run.load = os.getloadavg()[0]

    async def _wal(self) -> tuple[int, int]:
        size = await self._connection.fetchval("SELECT wal_bytes FROM pg_stat_wal")
        return await self._connection.fetchval(self._syncs), int(size)


def _parent_of(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[1])


def _own_seconds() -> float:
    own = resource.getrusage(resource.RUSAGE_SELF)
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime
