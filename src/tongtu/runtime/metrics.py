"""Counters and latencies of this process, in Prometheus' form and as percentiles."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import deque
from collections.abc import Iterator
from itertools import accumulate

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest
from prometheus_client.core import HistogramMetricFamily
from prometheus_client.registry import Collector

RECENT_MAX = 20_000
BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_TOPS = (*(str(float(top)) for top in BUCKETS_S), "+Inf")
REGISTRY = CollectorRegistry()


class Latency(Collector):
    """A histogram that also keeps its last 20,000 readings for exact percentiles.

    Readings are counted here and put into Prometheus' form when somebody asks: a reading costs a
    search among the buckets and no lock. One thread only, as everything on the event loop.
    """

    def __init__(self, name: str) -> None:
        self.name = f"tongtu_{name}_seconds"
        self.says = f"Seconds of {name}."
        self._counts = [0] * (len(BUCKETS_S) + 1)  # one a bucket, and what lies beyond
        self._sum_s = 0.0
        self._recent: deque[float] = deque(maxlen=RECENT_MAX)
        REGISTRY.register(self)

    def observe(self, seconds: float) -> None:
        """Take one reading."""
        self._counts[bisect_left(BUCKETS_S, seconds)] += 1
        self._sum_s += seconds
        self._recent.append(seconds)

    def collect(self) -> Iterator[HistogramMetricFamily]:
        """Yield the histogram, as Prometheus' registry asks."""
        reached = accumulate(self._counts)
        buckets = [(top, float(n)) for top, n in zip(_TOPS, reached, strict=True)]
        yield HistogramMetricFamily(self.name, self.says, buckets=buckets, sum_value=self._sum_s)

    def percentile_s(self, share: float) -> float | None:
        """Return the nearest-rank percentile of the recent readings, None without any."""
        if not self._recent:
            return None
        ordered = sorted(self._recent)
        return ordered[max(0, math.ceil(share * len(ordered)) - 1)]

    @property
    def count(self) -> int:
        """How many recent readings the percentiles stand on."""
        return len(self._recent)


_latencies: dict[str, Latency] = {}
_counters: dict[str, Counter] = {}
_gauges: dict[str, Gauge] = {}


def latency(name: str) -> Latency:
    """Return the latency of this name, made on first use."""
    return _latencies.get(name) or _latencies.setdefault(name, Latency(name))


def count(name: str) -> Counter:
    """Return the counter of this name, made on first use."""
    if name not in _counters:
        _counters[name] = Counter(f"tongtu_{name}", f"Number of {name}.", registry=REGISTRY)
    return _counters[name]


def gauge(name: str) -> Gauge:
    """Return the gauge of this name, made on first use."""
    if name not in _gauges:
        _gauges[name] = Gauge(f"tongtu_{name}", f"Present {name}.", registry=REGISTRY)
    return _gauges[name]


def metrics_text() -> bytes:
    """Return all metrics in Prometheus' text form."""
    return generate_latest(REGISTRY)
