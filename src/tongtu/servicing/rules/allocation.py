"""Spreads money over instalments by a rule, and tells which cent went where.

Never pays more than a row asks for; what is left is the caller's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import groupby

from tongtu.kernel.money import divide_half_even
from tongtu.servicing.model.life import Portion, Row
from tongtu.servicing.model.policy import (
    COMPONENTS,
    FEE,
    PENALTY,
    PRINCIPAL,
    AllocationRule,
    Future,
    Spread,
    Timing,
)

# Called with a row before it is paid in advance, so that it asks only for interest up to the day.
Prepare = Callable[[Row, date], None]
_Groups = tuple[tuple[Timing, tuple[int, ...]], ...]
# Each round of a re-amortised payment closes a row or ends; rows are bounded, so are rounds.
_ROUNDS_MAX = 4_000


@dataclass(frozen=True, slots=True)
class Spent:
    """Where money went, what nothing asked for, and how much principal it paid off the balance."""

    portions: tuple[Portion, ...]
    left_minor: int
    reduced_minor: int


def timing_of(row: Row, on: date) -> Timing:
    """Return where the row's due date lies on a day."""
    if row.due < on:
        return Timing.PAST_DUE
    return Timing.DUE if row.due == on else Timing.IN_ADVANCE


def allocate(
    rows: Sequence[Row],
    rule: AllocationRule,
    on: date,
    amount_minor: int,
    prepare: Prepare | None = None,
) -> Spent:
    """Pay the rows, which are in order of due date."""
    purse = Purse(rule, on, amount_minor, prepare)
    asking = [row for row in rows if row.closed_on is None]
    by_timing: dict[Timing, list[Row]] = {timing: [] for timing in Timing}
    for row in asking:
        by_timing[timing_of(row, on)].append(row)
    for timing, slots in groups_of(rule):
        if purse.left == 0:
            break
        chosen = by_timing[timing]
        if timing is Timing.IN_ADVANCE:
            purse.pay_ahead(chosen, slots)
        else:
            purse.pay_rows(chosen, slots, timing)
        if timing is Timing.DUE and rule.charges_fall_due_alone:
            purse.pay_charges(asking, slots)
    return Spent(tuple(purse.portions), purse.left, purse.reduced)


@lru_cache(maxsize=256)
def groups_of(rule: AllocationRule) -> _Groups:
    """Return the rule's order as runs of one timing; VERTICAL has a run for each part."""
    slots = {component: slot for slot, component in enumerate(COMPONENTS)}
    steps = [(timing, slots[component]) for timing, component in rule.order]
    if rule.spread is Spread.VERTICAL:
        return tuple((timing, (slot,)) for timing, slot in steps)
    return tuple(
        (timing, tuple(slot for _, slot in run)) for timing, run in groupby(steps, lambda s: s[0])
    )


class Purse:
    """One payment while it is spent."""

    def __init__(
        self, rule: AllocationRule, on: date, amount_minor: int, prepare: Prepare | None
    ) -> None:
        self.rule = rule
        self.on = on
        self.left = amount_minor
        self.prepare = prepare
        self.portions: list[Portion] = []
        self.reduced = 0

    def pay_rows(self, rows: Sequence[Row], slots: Sequence[int], timing: Timing) -> None:
        """Pay the rows in the order given."""
        for row in rows:
            if self.left == 0:
                return
            self.pay_row(row, slots, timing, self.left)

    def pay_row(self, row: Row, slots: Sequence[int], timing: Timing, most: int) -> int:
        """Pay parts of a row, at most `most`; return what was paid."""
        before = self.left
        for slot in slots:
            taken = min(most - (before - self.left), row.open(slot), self.left)
            if taken > 0:
                self._take(row, slot, taken, timing)
        return before - self.left

    def pay_charges(self, rows: Sequence[Row], slots: Sequence[int]) -> None:
        """Pay charges of coming instalments whose own date has come."""
        for row in rows:
            if row.due <= self.on:
                continue
            for slot in slots:
                if slot in (PENALTY, FEE):
                    self._pay_due_charges(row, slot)

    def _pay_due_charges(self, row: Row, slot: int) -> None:
        fallen = sum(
            levy.amount_minor
            for levy in row.levies
            if levy.slot == slot and levy.due_date <= self.on
        )
        asked = min(fallen - row.paid[slot] - row.let_off[slot], row.open(slot))
        taken = min(asked, self.left)
        if taken > 0:
            self._take(row, slot, taken, Timing.DUE)

    def pay_ahead(self, rows: Sequence[Row], slots: Sequence[int]) -> None:
        """Pay coming rows in the order the rule names."""
        if self.rule.future is Future.REAMORTIZATION:
            self._pay_evenly(rows, slots)
            return
        for row in _order_ahead(rows, self.rule.future):
            if self.left == 0:
                return
            if row.unpaid_minor > 0:
                if self.prepare is not None:
                    self.prepare(row, self.on)
                self.pay_row(row, slots, Timing.IN_ADVANCE, self.left)

    def _pay_evenly(self, rows: Sequence[Row], slots: Sequence[int]) -> None:
        """Give each open row the same, the last the remainder; what does not fit goes round."""
        for _ in range(_ROUNDS_MAX):
            asking = [row for row in rows if any(row.open(slot) > 0 for slot in slots)]
            if not asking or self.left == 0:
                return
            share = divide_half_even(self.left, len(asking))
            rest = self.left - share * len(asking)
            for row in asking:
                most = share + rest if row is asking[-1] else share
                if self.prepare is not None:
                    self.prepare(row, self.on)
                self.pay_row(row, slots, Timing.IN_ADVANCE, most)
            if share == 0:
                self.pay_rows(asking, slots, Timing.IN_ADVANCE)

    def _take(self, row: Row, slot: int, amount: int, timing: Timing) -> None:
        put(row, slot, amount, self.on)
        self.left -= amount
        if slot == PRINCIPAL and not row.is_down_payment:
            self.reduced += amount
        self.portions.append(Portion(row.due, timing, COMPONENTS[slot], amount, self.rule.name))


def put(row: Row, slot: int, amount: int, on: date) -> None:
    """Enter an amount as paid on a row."""
    row.paid[slot] += amount
    if on < row.due:
        row.in_advance_minor += amount
    elif on > row.due:
        row.late_minor += amount
    if row.unpaid_minor == 0:
        row.closed_on = on


def _order_ahead(rows: Sequence[Row], future: Future) -> Iterator[Row]:
    if future is Future.NEXT:
        yield from rows
    elif future is Future.LAST:
        yield from reversed(rows)
    elif rows:
        following = next((row for row in rows if row.unpaid_minor > 0), rows[0])
        yield following
        yield from (row for row in reversed(rows) if row is not following)
