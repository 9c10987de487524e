"""Medians and ranges over the rounds; ratios are made within a round, then summed up."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Any

from bench.ledger.measure import Run

Round = dict[str, Run]


def _best_tpcb(one: Round) -> Run:
    return max((run for name, run in one.items() if name.startswith("tpcb")), key=lambda r: r.rate)


RATIOS = {
    "hot lane / best TPC-B": lambda one: one["hot"].rate / _best_tpcb(one).rate,
    "uniform lane / best TPC-B": lambda one: one["uniform"].rate / _best_tpcb(one).rate,
    "CPU of TPC-B / CPU of hot lane": lambda one: _best_tpcb(one).cpu_us / one["hot"].cpu_us,
    "hot lane / uniform lane": lambda one: one["hot"].rate / one["uniform"].rate,
    "watched flows / hot lane": lambda one: one["repaid"].rate / one["hot"].rate,
    "two-phase / hot lane": lambda one: one["two-phase"].rate / one["hot"].rate,
}
# What is asked of the median: at least of a ratio, at most of flushes for 1,000 hot transfers.
GOALS = {
    "hot lane / best TPC-B": 10.0,
    "CPU of TPC-B / CPU of hot lane": 15.0,
    "hot lane / uniform lane": 1.0,
}
SYNCS_MAX = 10.0


def summary(rounds: Sequence[Round]) -> dict[str, Any]:
    """Return the figures as JSON: per workload and per ratio median, least and most."""
    workloads = {
        name: {
            "rate": _spread([one[name].rate for one in rounds]),
            "cpu_us": _spread([one[name].cpu_us for one in rounds]),
            "server_cpu_us": _spread(
                [1e6 * one[name].server_cpu_s / one[name].units for one in rounds]
            ),
            "left_out_cpu_s": _spread([one[name].left_out_cpu_s for one in rounds]),
            "p50_ms": _spread([one[name].quantile_ms(0.50) for one in rounds]),
            "p99_ms": _spread([one[name].quantile_ms(0.99) for one in rounds]),
            "syncs_per_1000": _spread([one[name].syncs_per_1000 for one in rounds]),
            "wal_bytes": _spread([one[name].wal_bytes_each for one in rounds]),
        }
        for name in rounds[0]
    }
    ratios = {name: _spread([ratio(one) for one in rounds]) for name, ratio in RATIOS.items()}
    loads = _spread([run.load for one in rounds for run in one.values()])
    return {"rounds": len(rounds), "workloads": workloads, "ratios": ratios, "load": loads}


def table(figures: dict[str, Any]) -> str:
    """Return the figures as text: median (least..most)."""
    head = f"{'workload':<34}{'durable/s':>26}{'CPU us each':>24}{'p50 ms':>9}{'p99 ms':>9}"
    lines = [f"{head}{'fsyncs/1,000':>22}{'WAL B each':>12}"]
    for name, one in figures["workloads"].items():
        p50, p99 = (one[q]["median"] if one[q] else None for q in ("p50_ms", "p99_ms"))
        lines.append(
            f"{name:<34}{_shown(one['rate'], 0):>26}{_shown(one['cpu_us'], 1):>24}"
            f"{'-' if p50 is None else f'{p50:.1f}':>9}{'-' if p99 is None else f'{p99:.1f}':>9}"
            f"{_shown(one['syncs_per_1000'], 1):>22}{one['wal_bytes']['median']:>12,.0f}"
        )
    lines.append("")
    lines += [
        f"{name:<34}{_shown(one, 2):>26}{_goal(one['median'], GOALS.get(name))}"
        for name, one in figures["ratios"].items()
    ]
    syncs = figures["workloads"]["hot"]["syncs_per_1000"]
    is_met = "met" if syncs["median"] <= SYNCS_MAX else "missed"
    lines.append(
        f"{'fsyncs per 1,000 hot transfers':<34}{_shown(syncs, 2):>26}"
        f"  goal <= {SYNCS_MAX:g}: {is_met}"
    )
    lines.append(f"{'load average':<34}{_shown(figures['load'], 1):>26}")
    left_out = ", ".join(
        f"{name} {_shown(one['left_out_cpu_s'], 2)}"
        for name, one in figures["workloads"].items()
        if one["left_out_cpu_s"]["most"]
    )
    lines += ["", f"CPU s of connecting, left out of a run: {left_out}"]
    lines.append(
        f"TPC-B scale {figures['scale']} (branches), prepared; lane: {figures['accounts']:,}"
        f" accounts, {figures['callers']:,} callers; shared_buffers {figures['shared_buffers']};"
        f" {figures['rounds']} interleaved rounds of {figures['seconds']:g} s"
    )
    lines.append(
        f"balances as of any day: {figures['roll_us']:.1f} us a transfer, once, after its day"
    )
    return "\n".join(lines)


def _goal(median: float, least: float | None) -> str:
    if least is None:
        return ""
    return f"  goal >= {least:g}: {'met' if median >= least else 'missed'}"


def _spread(values: Sequence[float | None]) -> dict[str, float] | None:
    known = [value for value in values if value is not None]
    if not known:
        return None
    return {"median": statistics.median(known), "least": min(known), "most": max(known)}


def _shown(spread: dict[str, float], digits: int) -> str:
    return (
        f"{spread['median']:,.{digits}f}"
        f" ({spread['least']:,.{digits}f}..{spread['most']:,.{digits}f})"
    )
