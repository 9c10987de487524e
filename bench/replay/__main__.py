"""`PYTHONPATH=src python -m bench.replay`: a backdated payment on a loan with a long history.

The loan has 80 monthly instalments, 2,400 days of interest that follows payments day by day, and
2,000 events. Beside it stands the same loan on its first day, and a replay of all its events. CPU
time is taken, in interleaved rounds; ratios are made within a round.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from tongtu.servicing.api import (
    ORDERS,
    AllocationTable,
    Charge,
    Component,
    EventKind,
    History,
    LoanEvent,
    ServicingTerms,
    history_of,
    replay,
)
from tongtu.terms.api import Accrual, DayCount, LastRule, LoanTerms, Rounding, RoundingMode

ROUNDS, TIMES = 7, 20
DAYS, EVENTS, INSTALMENTS = 2_400, 2_000, 80
START = date(2019, 1, 31)
TODAY = START + timedelta(days=DAYS)
TERMS = ServicingTerms(
    plan=LoanTerms(
        50_000_000,
        Decimal(1200),
        INSTALMENTS,
        START,
        day_count=DayCount.ACT_ACT,
        accrual=Accrual(is_day_end=True),
        rounding=Rounding(RoundingMode.HALF_EVEN, 12, 1, LastRule.EVENED_OUT),
    ),
    allocation=AllocationTable(ORDERS["PENALTIES_FEES_INTEREST_PRINCIPAL_ORDER"]),
    is_recalculated=True,
)


def course() -> tuple[LoanEvent, ...]:
    """Return a disbursement, then a small payment or a charge nearly every day."""
    events = [LoanEvent(1, EventKind.DISBURSED, START, START, 50_000_000)]
    for seq in range(2, EVENTS + 1):
        on = START + timedelta(days=seq * (DAYS - 60) // EVENTS)
        if seq % 20 == 0:
            charge = Charge(Component.FEE, on)
            events.append(LoanEvent(seq, EventKind.CHARGED, on, on, 500, details=charge))
        else:
            events.append(LoanEvent(seq, EventKind.REPAID, on, on, 30_000 + seq))
    return tuple(events)


def late(days_ago: int) -> LoanEvent:
    """Return a payment entered today for a day in the past."""
    return LoanEvent(EVENTS + 1, EventKind.REPAID, TODAY - timedelta(days=days_ago), TODAY, 12_345)


def seconds(work: Callable[[], object], times: int) -> float:
    """Return CPU seconds of one call."""
    begin = time.process_time()
    for _ in range(times):
        work()
    return (time.process_time() - begin) / times


def measure() -> dict[str, list[float]]:
    """Return each workload's CPU seconds, one a round."""
    events = course()
    young, old = history_of(TERMS, events[:1]), history_of(TERMS, events)
    check(old)
    works: dict[str, tuple[Callable[[], object], int]] = {
        "read on day 1": (lambda: young.life(START), TIMES),
        "read after 2,000 events": (lambda: old.life(TODAY), TIMES),
        "payment of today": (lambda: old.enter(late(0)).life(TODAY), TIMES),
        "backdated 30 days": (lambda: old.enter(late(30)).life(TODAY), TIMES),
        "backdated 365 days": (lambda: old.enter(late(365)).life(TODAY), 2),
        "backdated 2,390 days": (lambda: old.enter(late(2_390)).life(TODAY), 1),
        "replay of all events": (lambda: replay(TERMS, events, TODAY), 1),
    }
    found: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(ROUNDS):
        for name, (work, times) in works.items():
            found[name].append(seconds(work, times))
    return found


def check(old: History) -> None:
    """Stop unless a late payment gives what a replay from the start gives, to the cent."""
    for days_ago in (0, 365, 2_390):
        kept = old.enter(late(days_ago)).life(TODAY)
        whole = replay(TERMS, (*old.events, late(days_ago)), TODAY)
        if (kept.rows, kept.overpaid_minor) != (whole.rows, whole.overpaid_minor):
            raise SystemExit("a kept life and a whole replay differ")


def main() -> int:
    """Measure and print; `--json FILE` keeps the figures."""
    found = measure()
    for name, rounds in found.items():
        print(f"{name:26} {statistics.median(rounds) * 1e3:10.2f} ms CPU")
    day1 = found["read on day 1"]
    reads = [one / other for one, other in zip(found["read after 2,000 events"], day1, strict=True)]
    ratio = statistics.median(reads)
    print(f"read after 2,000 events ÷ on day 1: {ratio:.2f} ({min(reads):.2f}..{max(reads):.2f})")
    if "--json" in sys.argv:
        kept = Path(sys.argv[sys.argv.index("--json") + 1])
        kept.write_text(json.dumps({"seconds": found, "read_ratio": reads}), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
