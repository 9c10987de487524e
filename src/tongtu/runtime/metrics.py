"""Counters and latencies of this process, in Prometheus' form and as percentiles."""

from __future__ import annotations

import math
from collections import deque

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

RECENT_MAX = 20_000
BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
REGISTRY = CollectorRegistry()


class Latency:
    """A histogram that also keeps its last 20,000 readings for exact percentiles."""

    def __init__(self, name: str) -> None:
        self._histogram = Histogram(
            f"tongtu_{name}_seconds", f"Seconds of {name}.", buckets=BUCKETS_S, registry=REGISTRY
        )
        self._recent: deque[float] = deque(maxlen=RECENT_MAX)

    def observe(self, seconds: float) -> None:
        """Take one reading."""
        self._histogram.observe(seconds)
        self._recent.append(seconds)

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
