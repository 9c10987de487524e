"""What a review makes of a line: how a person paid, and the verdict of the table in fen. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from tongtu.servicing.model import FrozenTerms, LoanEvent, LoanStatus, RowStatus
from tongtu.servicing.model.line_review import Outcome, Verdict
from tongtu.servicing.rules.delinquency import OverduePause, overdue_days
from tongtu.servicing.rules.facility import LIMIT_MINOR_MAX
from tongtu.servicing.rules.fold import fold
from tongtu.tables.api import BadTable, Table

# A limit is a round figure: whole hundreds of yuan, rounded down.
STEP_MINOR = 10_000
PERCENT = 100
RAISE_PERCENT_MAX = 1_000
OUTPUTS = ("outcome", "limit_percent", "reason")


@dataclass(frozen=True, slots=True)
class Punctuality:
    """How loans were paid: days late today and at worst since a day, instalments on time."""

    days_late: int = 0
    worst_days_late: int = 0
    on_time: int = 0
    is_given_up: bool = False

    def beside(self, other: Punctuality) -> Punctuality:
        """Return the two as one: the worst of both, and what was on time of each."""
        return Punctuality(
            max(self.days_late, other.days_late),
            max(self.worst_days_late, other.worst_days_late),
            self.on_time + other.on_time,
            self.is_given_up or other.is_given_up,
        )


def punctuality(
    terms: FrozenTerms,
    events: Sequence[LoanEvent],
    days: tuple[date, date],
    pauses: Iterable[OverduePause] = (),
) -> Punctuality:
    """Return how one loan was paid; `days` are the first day that counts, and today.

    It is latest just before money comes, so it is looked at on the days of events, without them,
    and today. An instalment paid ahead of its day is on time.
    """
    since, today = days
    paused = tuple(pauses)

    def late(on: date, *, with_it: bool) -> int:
        known = [one for one in events if one.value_date < on or (with_it and one.value_date == on)]
        return overdue_days(fold(terms, known, on).oldest_late, on, paused)

    looks = {one.value_date for one in events if since <= one.value_date <= today}
    now = fold(terms, [one for one in events if one.value_date <= today], today)
    due = [row.due_date for row in now.rows if since <= row.due_date < today]
    days_late = late(today, with_it=True)
    worst = max((late(day, with_it=False) for day in looks), default=0)
    return Punctuality(
        days_late,
        max(days_late, worst),
        sum(_is_paid(terms, events, day) for day in due),
        now.status in (LoanStatus.CHARGED_OFF, LoanStatus.WRITTEN_OFF),
    )


def _is_paid(terms: FrozenTerms, events: Sequence[LoanEvent], due: date) -> bool:
    """Tell whether the instalment of a day was paid by the end of it."""
    state = fold(terms, [one for one in events if one.value_date <= due], due)
    return all(row.status is RowStatus.PAID for row in state.rows if row.due_date == due)


def verdict(answer: Mapping[str, object], limit_minor: int, owed_minor: int, most: int) -> Verdict:
    """Return what a row of the table comes to for a line of which `owed_minor` is drawn.

    A raise stays within `most`, a lowering above what is owed; what changes nothing is kept.
    """
    outcome, reason = Outcome(str(answer["outcome"])), str(answer["reason"])
    percent = answer["limit_percent"]
    assert isinstance(percent, int), "the table's outputs are whole numbers"
    wished = limit_minor * percent // PERCENT // STEP_MINOR * STEP_MINOR
    if outcome is Outcome.RAISE:
        to = max(limit_minor, min(wished, most))
    elif outcome is Outcome.LOWER:
        to = min(limit_minor, max(wished, owed_minor, STEP_MINOR))
    else:
        to = 0 if outcome is Outcome.CLOSE else limit_minor
    is_idle = to == limit_minor and outcome in (Outcome.RAISE, Outcome.LOWER)
    return Verdict(Outcome.KEEP if is_idle else outcome, to, reason)


def check_line_rules(table: Table) -> Table:
    """Return the table once each row answers what a review knows. Raises BadTable."""
    outcomes, percents, reasons = (table.outputs(name) for name in OUTPUTS)
    for outcome, percent, reason in zip(outcomes, percents, reasons, strict=True):
        if outcome not in list(Outcome) or not isinstance(reason, str) or not reason:
            raise BadTable(f"table {table.key} answers {outcome} for {reason}")
        is_raise = outcome == Outcome.RAISE
        low, high = (PERCENT + 1, RAISE_PERCENT_MAX) if is_raise else (0, PERCENT)
        # The engine tells every number as a fraction; a share is a whole one.
        if percent not in range(low, high + 1):
            raise BadTable(f"table {table.key}: {outcome} to {percent} % of a limit")
    assert LIMIT_MINOR_MAX * RAISE_PERCENT_MAX < 1 << 63
    return table
