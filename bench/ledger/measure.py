"""What one short run of a workload cost: units done, seconds, CPU of our side and the server's."""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.decision.cpu import seconds as tree_seconds


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
    latencies: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return self.units / self.wall_s

    @property
    def cpu_us(self) -> float:
        """CPU microseconds a unit: application or client, and every process of PostgreSQL."""
        return 1e6 * (self.client_cpu_s + self.server_cpu_s) / self.units

    def quantile_ms(self, share: float) -> float | None:
        if not self.latencies:
            return None
        ranked = sorted(self.latencies)
        return 1e3 * ranked[min(len(ranked) - 1, int(share * len(ranked)))]


@contextmanager
def measured(name: str, postmaster: int) -> Iterator[Run]:
    """Yield a Run; its seconds and CPU are those of the block."""
    run = Run(name)
    server, client, start = tree_seconds(postmaster), _own_seconds(), time.perf_counter()
    yield run
    run.wall_s = time.perf_counter() - start
    run.client_cpu_s = _own_seconds() - client
    run.server_cpu_s = tree_seconds(postmaster) - server
    run.load = os.getloadavg()[0]


def parent_of(pid: int) -> int:
    """Return the parent of a local process: of a backend, the postmaster."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[1])


def _own_seconds() -> float:
    own = resource.getrusage(resource.RUSAGE_SELF)
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime
