"""state = fold(terms, events, as_of). The whole life of a loan comes from this one function.

Interest is a closed form: within a period it grows by the day, on the due date it is the agreed
figure to the fen. A payment pays what is due, oldest first (fee, interest, principal), then overdue
interest, then the next instalment as agreed, then principal of later instalments; an instalment
whose principal was paid before its period began bears interest only on what is really owed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from tongtu.kernel.errors import Broken
from tongtu.kernel.money import divide_half_up
from tongtu.servicing.model import (
    Component,
    EventKind,
    FrozenTerms,
    InstalmentState,
    LoanEvent,
    LoanState,
    Part,
    Planned,
    RowStatus,
)
from tongtu.servicing.model.event import Charge, Early, GoodsBack, Target
from tongtu.servicing.rules.replay import steps_of

# Overdue interest is reckoned in fen-days at a yearly rate in basis points over 360 days.
OVERDUE_DIVISOR = 10_000 * 360


def fold(terms: FrozenTerms, events: Iterable[LoanEvent], as_of: date) -> LoanState:
    """Return the loan after `events`, with interest reckoned to the end of `as_of`.

    Events are taken in the order they count (see `replay`), without what was undone; those after
    `as_of` are applied too: leave them out to see the loan as it was.
    """
    happened = [step.event for step in steps_of(events)]
    walk = Walk(_with_last_row(unwound(terms, happened), happened), as_of)
    for event in happened:
        if event.kind is EventKind.REPAID:
            walk.repay(event)
        elif event.kind is EventKind.MERCHANT_REFUNDED:
            walk.take_goods_back(event)
        elif event.kind is EventKind.IMPORT_UNDONE:
            walk.give_up(event)
        elif event.kind is EventKind.CHARGED:
            walk.charge_fee(event)
        elif event.kind is EventKind.CHARGE_WAIVED:
            walk.waive(event)
        elif event.kind is EventKind.BALANCE_REFUNDED:
            walk.refund(event)
    return walk.finish()


def unwound(terms: FrozenTerms, events: Iterable[LoanEvent]) -> FrozenTerms:
    """Return the terms as they count: once all goods came back within the rule, at no cost."""
    if not any(isinstance(one.details, GoodsBack) and one.details.is_whole for one in events):
        return terms
    rows = tuple(replace(row, interest_minor=0, fee_minor=0) for row in terms.rows)
    return replace(terms, overdue_rate_bps=0, rows=rows)


def _with_last_row(terms: FrozenTerms, events: Iterable[LoanEvent]) -> FrozenTerms:
    """Add a row for charges that fall due after the last instalment."""
    dues = [one.details.due_date for one in events if isinstance(one.details, Charge)]
    last = max((due for due in dues if due is not None), default=date.min)
    end = terms.rows[-1]
    if last <= end.due_date:
        return terms
    extra = Planned(end.nr + 1, end.due_date, last, 0, 0, 0)
    return replace(terms, rows=(*terms.rows, extra))


class Walk:
    """Goes through the events once; every amount is an int of minor units."""

    def __init__(self, terms: FrozenTerms, as_of: date) -> None:
        count = len(terms.rows)
        self.terms = terms
        self.as_of = as_of
        self.at = terms.opened_on
        self.paid_principal = [0] * count
        self.paid_interest = [0] * count
        self.paid_fee = [0] * count
        self.charge = [row.interest_minor for row in terms.rows]
        self.fee = [row.fee_minor for row in terms.rows]
        self.fixed = 0  # rows before this index have their interest fixed
        self.fen_days = 0
        self.fen_days_as_of = 0
        self.paid_overdue = 0
        self.settled_on: date | None = None
        self.surplus = 0
        self.parts: dict[int, tuple[Part, ...]] = {}
        self.charges: dict[int, tuple[int, int]] = {}  # by event: row index, amount
        self._scheduled = [0] * (count + 1)  # balance at each row's start, by plan
        for index in reversed(range(count)):
            principal = terms.rows[index].principal_minor
            self._scheduled[index] = self._scheduled[index + 1] + principal

    def repay(self, event: LoanEvent) -> None:
        """Apply one payment. What exceeds the debt is kept apart as surplus."""
        on = max(event.value_date, self.terms.opened_on)
        self._advance(on)
        following = next(
            (i for i, row in enumerate(self.terms.rows) if row.due_date > on),
            len(self.terms.rows),
        )
        # Paid ahead by choice on the day a period begins, money already lowers its interest.
        begins = following < len(self.terms.rows) and self.terms.rows[following].start == on
        is_early = isinstance(event.details, Early)
        self._fix(following if is_early and begins else following + 1)
        if event.amount_minor == self._payoff(on):
            asked = self._asked_to_settle(on)
        else:
            asked = self._asked_by_plan(following)
            if is_early:
                asked = self._asked_early(following, event)
        self._spend(event, asked)
        self._fix(following + 1)
        self._settle_if_paid(on)

    def take_goods_back(self, event: LoanEvent) -> None:
        """Let a merchant's refund pay principal: what is due, then a like part of what is to come.

        From its value date on less interest grows. What is left pays what else is owed.
        """
        on = max(event.value_date, self.terms.opened_on)
        self._advance(on)
        rows = self.terms.rows
        following = next((i for i, row in enumerate(rows) if row.due_date > on), len(rows))
        self._fix(following + 1)
        unpaid = [row.principal_minor - self.paid_principal[row.nr - 1] for row in rows]
        due, coming = sum(unpaid[:following]), unpaid[following:]
        lowered = min(max(event.amount_minor - due, 0), sum(coming))
        if lowered:
            self.charge[following] = self._lessened(following, on, lowered, sum(coming))
        asked = [(row.nr, Component.PRINCIPAL, unpaid[row.nr - 1]) for row in rows[:following]]
        asked += [
            (row.nr, Component.PRINCIPAL, part)
            for row, part in zip(rows[following:], spread(lowered, coming), strict=True)
        ]
        others = [one for one in self._asked_to_settle(on) if one[1] is not Component.PRINCIPAL]
        self._spend(event, asked + others)
        self._settle_if_paid(on)

    def _lessened(self, index: int, on: date, lowered: int, balance: int) -> int:
        """Return a running row's interest once a part of its principal is gone from `on` on."""
        row, charge = self.terms.rows[index], self.charge[index]
        earned = prorata(charge, max((on - row.start).days, 0), (row.due_date - row.start).days)
        rest = divide_half_up((charge - earned) * (balance - lowered), balance)
        return max(earned + rest, self.paid_interest[index])

    def _spend(self, event: LoanEvent, asked: list[tuple[int, Component, int]]) -> None:
        """Pay what is asked for, in order; what is left is owed back."""
        left, parts = event.amount_minor, []
        for nr, component, amount in asked:
            taken = min(left, amount)
            if taken > 0:
                self._take(nr, component, taken)
                parts.append(Part(nr, component, taken))
                left -= taken
        self.surplus += left
        self.parts[event.seq] = tuple(parts)

    def charge_fee(self, event: LoanEvent) -> None:
        """Lay a charge on the row its date falls in. A settled loan bears no more."""
        details = event.details
        assert isinstance(details, Charge), "a charge says when it falls due"
        if self.settled_on is not None:
            return
        due = details.due_date or event.value_date
        rows = self.terms.rows
        index = next((i for i, row in enumerate(rows) if due <= row.due_date), len(rows) - 1)
        self.fee[index] += event.amount_minor
        self.charges[event.seq] = (index, event.amount_minor)

    def waive(self, event: LoanEvent) -> None:
        """Ask no more for what is unpaid of a charge."""
        assert isinstance(event.details, Target), "a waiver names its charge"
        index, amount = self.charges.get(event.details.seq, (0, 0))
        self.fee[index] -= min(amount, event.amount_minor, self.fee[index] - self.paid_fee[index])
        self._settle_if_paid(max(event.value_date, self.at))

    def give_up(self, event: LoanEvent) -> None:
        """Owe nothing here any more: the loan is its source's again."""
        self._advance(max(event.value_date, self.at))
        self.paid_principal = [row.principal_minor for row in self.terms.rows]
        self.fen_days = self.fen_days_as_of = 0
        self._settle(self.at)

    def refund(self, event: LoanEvent) -> None:
        """Give back what lies beyond the debt."""
        if event.amount_minor > self.surplus:
            raise Broken("more was given back than lay beyond the debt", code="over_refunded")
        self.surplus -= event.amount_minor

    def _settle_if_paid(self, on: date) -> None:
        if self.settled_on is None and self._payoff(on) == 0 and self._outstanding() == 0:
            self._settle(on)

    def finish(self) -> LoanState:
        """Return the state at `as_of`."""
        last_on, fen_days = self.at, self.fen_days
        self._advance(max(self.as_of, self.at))
        self._fix(len(self.terms.rows))
        rows = tuple(self._row(index) for index in range(len(self.terms.rows)))
        earned_overdue = max(_overdue(self.terms, self.fen_days_as_of), self.paid_overdue)
        return LoanState(
            as_of=self.as_of,
            rows=rows,
            settled_on=self.settled_on,
            outstanding_minor=self._outstanding(),
            earned_interest_minor=self._earned_interest(self.as_of),
            paid_interest_minor=sum(self.paid_interest),
            earned_overdue_minor=self.paid_overdue if self.settled_on else earned_overdue,
            paid_overdue_minor=self.paid_overdue,
            earned_fee_minor=self._earned_fee(self.as_of),
            paid_fee_minor=sum(self.paid_fee),
            fen_days=fen_days,
            surplus_minor=self.surplus,
            last_on=last_on,
            parts=self.parts,
        )

    def _advance(self, to: date) -> None:
        """Let the unpaid principal of overdue rows run up its days."""
        for index, row in enumerate(self.terms.rows):
            if row.due_date >= to:
                break
            unpaid = row.principal_minor - self.paid_principal[index]
            start = max(self.at, row.due_date)
            self.fen_days += unpaid * (to - start).days
            self.fen_days_as_of += unpaid * max(0, (min(to, self.as_of) - start).days)
        self.at = to

    def _fix(self, count: int) -> None:
        """Fix the interest of the first `count` rows: less where principal was paid ahead."""
        while self.fixed < min(count, len(self.charge)):
            index = self.fixed
            ahead = sum(self.paid_principal[index:])
            if ahead and self._scheduled[index] and self.settled_on is None:
                planned = self.terms.rows[index].interest_minor
                balance = self._scheduled[index]
                self.charge[index] = divide_half_up(planned * (balance - ahead), balance)
            self.fixed += 1

    def _payoff(self, on: date) -> int:
        interest = self._earned_interest(on) - sum(self.paid_interest)
        fee = self._earned_fee(on) - sum(self.paid_fee)
        overdue = max(0, _overdue(self.terms, self.fen_days) - self.paid_overdue)
        return self._outstanding() + interest + fee + overdue

    def _asked_by_plan(self, following: int) -> list[tuple[int, Component, int]]:
        asked = []
        for index in range(following):
            asked += self._asked_by_row(index, self.charge[index])
        overdue = max(0, _overdue(self.terms, self.fen_days) - self.paid_overdue)
        asked.append((0, Component.OVERDUE_INTEREST, overdue))
        if following < len(self.terms.rows):
            asked += self._asked_by_row(following, self.charge[following])
        for index in range(following + 1, len(self.terms.rows)):
            asked += self._asked_by_row(index, 0)[2:]
        return asked

    def _asked_early(self, following: int, event: LoanEvent) -> list[tuple[int, Component, int]]:
        """What is due, then principal: of the last rows, or a like part of all to come."""
        assert isinstance(event.details, Early), "asked for by the borrower"
        asked = [one for one in self._asked_by_plan(following) if one[0] <= following]
        rows = self.terms.rows[following:]
        unpaid = [row.principal_minor - self.paid_principal[row.nr - 1] for row in rows]
        if event.details.is_shortened:
            parts = [(row.nr, amount) for row, amount in zip(rows, unpaid, strict=True)]
            return asked + [(nr, Component.PRINCIPAL, amount) for nr, amount in reversed(parts)]
        left = min(event.amount_minor - sum(amount for _, _, amount in asked), sum(unpaid))
        lowered = spread(max(left, 0), unpaid)
        return asked + [
            (row.nr, Component.PRINCIPAL, amount) for row, amount in zip(rows, lowered, strict=True)
        ]

    def _asked_to_settle(self, on: date) -> list[tuple[int, Component, int]]:
        asked = []
        for index, row in enumerate(self.terms.rows):
            parts = self._asked_by_row(index, self._earned_interest_of(index, on))
            asked += parts if row.due_date <= on else parts[1:]
        overdue = max(0, _overdue(self.terms, self.fen_days) - self.paid_overdue)
        return [*asked, (0, Component.OVERDUE_INTEREST, overdue)]

    def _asked_by_row(self, index: int, interest: int) -> list[tuple[int, Component, int]]:
        row = self.terms.rows[index]
        return [
            (row.nr, Component.FEE, self.fee[index] - self.paid_fee[index]),
            (row.nr, Component.INTEREST, interest - self.paid_interest[index]),
            (row.nr, Component.PRINCIPAL, row.principal_minor - self.paid_principal[index]),
        ]

    def _take(self, nr: int, component: Component, amount: int) -> None:
        if component is Component.OVERDUE_INTEREST:
            self.paid_overdue += amount
        elif component is Component.FEE:
            self.paid_fee[nr - 1] += amount
        elif component is Component.INTEREST:
            self.paid_interest[nr - 1] += amount
        else:
            self.paid_principal[nr - 1] += amount

    def _settle(self, on: date) -> None:
        """Close the loan: what was not yet earned is never charged."""
        self.settled_on = on
        self.charge = list(self.paid_interest)
        self.fee = list(self.paid_fee)
        self.fixed = len(self.charge)

    def _outstanding(self) -> int:
        return self.terms.principal_minor - sum(self.paid_principal)

    def _earned_interest(self, on: date) -> int:
        return sum(self._earned_interest_of(index, on) for index in range(len(self.charge)))

    def _earned_interest_of(self, index: int, on: date) -> int:
        """Interest paid ahead counts as earned when paid, so no claim is ever below zero."""
        row = self.terms.rows[index]
        days = min(max((on - row.start).days, 0), (row.due_date - row.start).days)
        grown = prorata(self.charge[index], days, (row.due_date - row.start).days)
        return max(grown, self.paid_interest[index])

    def _earned_fee(self, on: date) -> int:
        return sum(
            self.fee[index] if row.due_date <= on else self.paid_fee[index]
            for index, row in enumerate(self.terms.rows)
        )

    def _row(self, index: int) -> InstalmentState:
        row = self.terms.rows[index]
        paid = self.paid_principal[index] + self.paid_interest[index] + self.paid_fee[index]
        unpaid = row.principal_minor + self.charge[index] + self.fee[index] - paid
        if unpaid == 0:
            status = RowStatus.PAID
        elif row.due_date < self.as_of:
            status = RowStatus.OVERDUE
        else:
            soon = row.due_date == self.as_of
            status = RowStatus.DUE if soon else RowStatus.UPCOMING
        return InstalmentState(
            row.nr,
            row.start,
            row.due_date,
            row.principal_minor,
            self.charge[index],
            self.fee[index],
            self.paid_principal[index],
            self.paid_interest[index],
            self.paid_fee[index],
            status,
        )


def spread(amount: int, weights: list[int]) -> list[int]:
    """Split an amount by weights whose sum it does not exceed; no part exceeds its weight."""
    parts, weight, left = [], sum(weights), amount
    for one in weights:
        part = left * one // weight if weight else 0
        parts.append(part)
        left, weight = left - part, weight - one
    return parts


def prorata(charge: int, days: int, period: int) -> int:
    """Return charge × days / period rounded half up; serves ints and arrays alike (all >= 0)."""
    return (2 * charge * days + period) // (2 * period)


def _overdue(terms: FrozenTerms, fen_days: int) -> int:
    return divide_half_up(fen_days * terms.overdue_rate_bps, OVERDUE_DIVISOR)
