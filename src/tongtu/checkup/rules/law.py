"""Every rule of a pack that a book's columns can answer is asked of every loan, on its own day.

A cap is not read out of a rule: it is the highest yearly cost at which the rule still holds, found
by asking it. So a new country's rule needs no code here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from tongtu.checkup.model import Book, Columns, Flags, Ints, Role
from tongtu.checkup.rules.recomputation import Recomputed
from tongtu.policy.api import Pack, Rule
from tongtu.terms.api import RATE_PPM_MAX, RoundingMode, exact_instalment

POINTS = ("application.accept", "offer.build", "contract.sign", "product.publish")
# The facts that are a loan's yearly cost, by the convention each pack's rules name.
_SIMPLE, _COMPOUND = ("irr12_ppm", "apr_ppm"), ("aprc_ppm",)
COST_PPM_MAX = 100_000_000
# Loans above a line that are named; beyond, they are counted.
NAMED_MAX = 200


@dataclass(frozen=True, slots=True)
class Above:
    """One loan that breaks a rule: its cost and the cap, or the fact the rule does not admit."""

    line: int
    loan: str
    day: date | None
    cost_ppm: int
    cap_ppm: int
    excess_minor: int  # over the whole term, above the cost at the cap


@dataclass(frozen=True, slots=True)
class Asked:
    """What a rule said of the loans it was asked about."""

    rule: Rule
    loans: int
    broken: int
    excess_minor: int
    caps_ppm: tuple[int, ...]
    named: tuple[Above, ...]
    flipped: int  # above the cap by the other convention alone


@dataclass(frozen=True, slots=True)
class Laid:
    """A pack laid over a book: on each loan's own day, or as if all were granted on one."""

    asked: tuple[Asked, ...]
    unasked: tuple[tuple[str, str], ...]  # rules that need what a book does not tell
    not_in_force: int  # loans of days before the pack


def lay(pack: Pack, book: Book, columns: Columns, found: Recomputed, at: date | None) -> Laid:
    """Return what the pack says of the book; `at` None: of each loan on the day it began."""
    days = [at] * len(book) if at is not None else list(book.start or [None] * len(book))
    held = np.array([day is not None and pack.content.days.holds(day) for day in days], np.bool_)
    told = _told(book, columns)
    rules: dict[str, Rule] = {}
    for day in {day for day, is_held in zip(days, held.tolist(), strict=True) if is_held}:
        assert day is not None
        for point in POINTS:
            rules |= {rule.id: rule for rule in pack.rules(point, day)}
    known = {*told, *_SIMPLE, *_COMPOUND, "tenor_months"}
    unasked, asked = [], []
    for rule in rules.values():
        if lacking := sorted(pack.facts_of(rule.id) - known):
            unasked.append((rule.id, ", ".join(lacking)))
        else:
            loans = _Loans(pack, rule, book, found, told, days)
            asked.append(loans.ask(held))
    return Laid(tuple(asked), tuple(unasked), int((~held).sum()))


def _told(book: Book, columns: Columns) -> Mapping[str, Sequence[str]]:
    """Return the words a rule may read of each loan."""
    found: dict[str, Sequence[str]] = {}
    for role in (Role.STATE, Role.LENDER_KIND):
        if role in book.words:
            found[role] = book.words[role]
        elif role in columns.constants:
            found[role] = [columns.constants[role]] * len(book)
    return found


@dataclass(frozen=True, slots=True)
class _Loans:
    pack: Pack
    rule: Rule
    book: Book
    found: Recomputed
    told: Mapping[str, Sequence[str]]
    days: Sequence[date | None]

    def ask(self, held: Flags) -> Asked:
        reads = self.pack.facts_of(self.rule.id)
        cost = next((name for name in (*_SIMPLE, *_COMPOUND) if name in reads), "")
        caps = np.full(len(self.book), -1, np.int64)
        broken = np.zeros(len(self.book), np.bool_)
        for (day, facts), rows in self._alike(reads, held):
            known = dict(facts)
            if cost:
                caps[rows] = _cap(self.pack, self.rule.id, (cost, known), day)
            elif self.pack.judge(self.rule.id, known, day):
                broken[rows] = True
        own, other = self.found.irr12_ppm, self.found.compound_ppm
        if cost in _COMPOUND:
            own, other = other, own
        flipped = 0
        if cost:
            capped = caps >= 0
            broken = capped & (own > caps)
            flipped = int((capped & ~broken & (other > caps)).sum())
            flipped += int((broken & (other <= caps)).sum())
        excess = self._excess(caps, broken) if cost else np.zeros(len(self.book), np.int64)
        named = tuple(
            Above(
                int(self.book.line[row]), self.book.loan[row], self.days[row],
                int(own[row]) if cost else -1, int(caps[row]), int(excess[row]),
            )
            for row in np.flatnonzero(broken)[:NAMED_MAX].tolist()
        )  # fmt: skip
        lines = tuple(sorted({int(cap) for cap in np.unique(caps[held]) if cap >= 0}))
        return Asked(
            self.rule, int(held.sum()), int(broken.sum()), int(excess.sum()), lines, named, flipped
        )

    def _alike(
        self, reads: frozenset[str], held: Flags
    ) -> Iterator[tuple[tuple[date, tuple[tuple[str, object], ...]], list[int]]]:
        """Yield the loans that are alike to the rule, but for their cost."""
        groups: dict[tuple[date, tuple[tuple[str, object], ...]], list[int]] = {}
        months = self.book.months.tolist()
        words = [name for name in self.told if name in reads]
        for row in np.flatnonzero(held).tolist():
            day = self.days[row]
            assert day is not None
            facts: list[tuple[str, object]] = [(name, self.told[name][row]) for name in words]
            if "tenor_months" in reads:
                facts.append(("tenor_months", months[row]))
            groups.setdefault((day, tuple(facts)), []).append(row)
        yield from groups.items()

    def _excess(self, caps: Ints, broken: Flags) -> Ints:
        """Return what each loan costs above a level loan at the cap, over its whole term."""
        excess = np.zeros(len(self.book), np.int64)
        book, paid = self.book, self.book.instalment + self.book.fee_monthly
        for row in np.flatnonzero(broken).tolist():
            received = int(book.principal[row] - book.fee_upfront[row])
            cap = min(int(caps[row]), RATE_PPM_MAX)
            months = int(book.months[row])
            at_cap = exact_instalment(received, cap, months, RoundingMode.HALF_UP)
            excess[row] = max(0, (int(paid[row]) - at_cap) * months)
        return excess


def _cap(pack: Pack, rule: str, cost: tuple[str, Mapping[str, object]], day: date) -> int:
    """Return the highest yearly cost at which the rule holds; COST_PPM_MAX where none breaks it."""
    name, known = cost
    low, high = -1, COST_PPM_MAX
    if not pack.judge(rule, {**known, name: high}, day):
        return high
    while high - low > 1:
        middle = (low + high) // 2
        if pack.judge(rule, {**known, name: middle}, day):
            high = middle
        else:
            low = middle
    return low
