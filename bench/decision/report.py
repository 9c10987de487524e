"""From rounds to a table: medians with ranges, ratios made within a round, the gates."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

# What each ratio is, the least it must be, and whether more than this is only a hope.
GATES = (
    ("lane with one row / bare, rate", "lane", "bare", "rate", 0.35),
    ("lane with one row / FastAPI + INSERT, rate", "lane", "fastapi", "rate", 6.0),
    ("whole decision / FastAPI + INSERT, rate", "whole", "fastapi", "rate", 1.5),
    ("FastAPI + INSERT / whole decision, CPU", "fastapi", "whole", "cpu", 2.5),
    ("whole decision / the same without lanes, rate", "whole", "unbatched", "rate", None),
    ("without lanes / whole decision, CPU", "unbatched", "whole", "cpu", None),
)


@dataclass(frozen=True, slots=True)
class Run:
    """One column under load for a few seconds."""

    column: str
    connections: int
    requests: int
    seconds: float
    p50_us: int
    p99_us: int
    broken: int
    refused: int
    app_cpu_s: float
    server_cpu_s: float
    load: float

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds

    @property
    def app_us(self) -> float:
        """CPU microseconds of the application a request."""
        return 1e6 * self.app_cpu_s / self.requests

    @property
    def server_us(self) -> float:
        """CPU microseconds of all PostgreSQL processes a request."""
        return 1e6 * self.server_cpu_s / self.requests

    @property
    def cpu_us(self) -> float:
        """CPU microseconds of application and database a request."""
        return self.app_us + self.server_us


Round = dict[tuple[str, int], Run]


def spread(values: Sequence[float]) -> dict[str, float]:
    """Return median and range."""
    return {"median": statistics.median(values), "low": min(values), "high": max(values)}


def summary(rounds: Sequence[Round]) -> dict[str, object]:
    """Return every figure of the table, by connections."""
    connections = sorted({key[1] for key in rounds[0]})
    columns = list(dict.fromkeys(key[0] for key in rounds[0]))
    return {
        "columns": [
            {
                "column": column,
                "connections": width,
                "rate": spread([one[column, width].rate for one in rounds]),
                "app_us": spread([one[column, width].app_us for one in rounds]),
                "postgres_us": spread([one[column, width].server_us for one in rounds]),
                "cpu_us": spread([one[column, width].cpu_us for one in rounds]),
                "p50_ms": spread([one[column, width].p50_us / 1e3 for one in rounds]),
                "p99_ms": spread([one[column, width].p99_us / 1e3 for one in rounds]),
                "broken": sum(one[column, width].broken for one in rounds),
                "refused": sum(one[column, width].refused for one in rounds),
                "load": spread([one[column, width].load for one in rounds]),
            }
            for width in connections
            for column in columns
        ],
        "ratios": [
            {
                "ratio": name,
                "connections": width,
                "least": least,
                **spread([_ratio(one, width, over, under, what) for one in rounds]),
            }
            for width in connections
            for name, over, under, what, least in GATES
        ],
    }


def _ratio(one: Round, width: int, over: str, under: str, what: str) -> float:
    above, below = one[over, width], one[under, width]
    return above.rate / below.rate if what == "rate" else above.cpu_us / below.cpu_us


def table(figures: dict[str, list[dict[str, object]]]) -> str:
    """Return the figures as text."""
    lines = [
        (
            f"{'column':10}{'conn':>5}{'requests/s':>26}{'CPU us: all':>20}{'app':>7}{'pg':>7}"
            f"{'p50 ms':>8}{'p99 ms':>8}{'load':>6}{'errors':>8}"
        )
    ]
    for row in figures["columns"]:
        lines.append(
            f"{row['column']:10}{row['connections']:>5}{_range(row['rate'], ',.0f'):>26}"
            f"{_range(row['cpu_us'], '.0f'):>20}{row['app_us']['median']:>7.0f}"
            f"{row['postgres_us']['median']:>7.0f}{row['p50_ms']['median']:>8.1f}"
            f"{row['p99_ms']['median']:>8.1f}{row['load']['median']:>6.1f}"
            f"{row['broken'] + row['refused']:>8}"
        )
    lines.append("")
    for row in figures["ratios"]:
        gate = (
            ""
            if row["least"] is None
            else f"   gate {row['least']}: "
            + ("met" if row["median"] >= row["least"] else "MISSED")
        )
        lines.append(f"{row['ratio']:48}{row['connections']:>5}   {_range(row, '.2f'):>20}{gate}")
    return "\n".join(lines)


def _range(values: dict[str, float], form: str) -> str:
    return f"{values['median']:{form}} ({values['low']:{form}}-{values['high']:{form}})"
