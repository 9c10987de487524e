"""`PYTHONPATH=src python -m bench.terms`: a 24-row schedule beside the same loop in binary floats.

The float loop is what a calculator writes: one payment formula, one multiplication a row, dates by
the month. It rounds wrongly now and then; it is the speed to be measured against. CPU time is
taken, in interleaved rounds; ratios are made within a round.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from calendar import monthrange
from collections.abc import Callable
from datetime import date
from decimal import Decimal

from tongtu.terms.api import (
    Accrual,
    DayCount,
    LastRule,
    LoanTerms,
    Method,
    Rounding,
    RoundingMode,
    schedule,
)

ROUNDS, TIMES = 7, 200
START = date(2025, 1, 31)
EXACT = LoanTerms(5_000_000, 2390, 24, START)
DAYS = LoanTerms(5_000_000, 2390, 24, START, Method.EQUAL_PRINCIPAL, DayCount.ACT_ACT_ISDA)
PROGRESSIVE = LoanTerms(
    5_000_000,
    Decimal("948.22"),
    24,
    START,
    day_count=DayCount.ACT_ACT,
    accrual=Accrual(is_day_end=True),
    rounding=Rounding(RoundingMode.HALF_EVEN, 12, 1, LastRule.EVENED_OUT),
)


def floats() -> list[dict[str, object]]:
    """Return 24 rows of equal instalments, counted in floats."""
    rate, balance, rows = 0.239 / 12, 50_000.0, []
    payment = balance * rate * (1 + rate) ** 24 / ((1 + rate) ** 24 - 1)
    for nr in range(1, 25):
        interest = balance * rate
        principal = payment - interest if nr < 24 else balance
        balance -= principal
        years, months = divmod(START.month - 1 + nr, 12)
        last = monthrange(START.year + years, months + 1)[1]
        rows.append(
            {
                "due_date": date(START.year + years, months + 1, min(START.day, last)),
                "principal": round(principal, 2),
                "interest": round(interest, 2),
                "total": round(principal + interest, 2),
                "outstanding": round(balance, 2),
            }
        )
    return rows


SIDES: dict[str, Callable[[], object]] = {
    "float loop": floats,
    "whole months, exact": lambda: schedule(EXACT),
    "actual days, exact": lambda: schedule(DAYS),
    "progressive, 12 digits, evened out": lambda: schedule(PROGRESSIVE),
}


def cpu_us(work: Callable[[], object]) -> float:
    """Return CPU microseconds a call."""
    begun = time.process_time()
    for _ in range(TIMES):
        work()
    return (time.process_time() - begun) / TIMES * 1e6


def main() -> int:
    """Print medians and ranges; `--json` prints them as JSON."""
    rounds = [{name: cpu_us(work) for name, work in SIDES.items()} for _ in range(ROUNDS)]
    found = {}
    for name in SIDES:
        taken = [one[name] for one in rounds]
        ratios = [one[name] / one["float loop"] for one in rounds]
        found[name] = {
            "cpu_us": round(statistics.median(taken), 1),
            "least_us": round(min(taken), 1),
            "most_us": round(max(taken), 1),
            "times_float": round(statistics.median(ratios), 2),
        }
    if "--json" in sys.argv[1:]:
        print(json.dumps(found))
        return 0
    print(f"a schedule of 24 rows, CPU µs a call, {ROUNDS} interleaved rounds of {TIMES}")
    for name, one in found.items():
        print(
            f"  {name:36} {one['cpu_us']:8} ({one['least_us']} .. {one['most_us']})"
            f"   {one['times_float']} x the float loop"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
