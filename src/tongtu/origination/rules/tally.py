"""A market counted from its decisions: who was asked, who said no and why, who was taken. Pure.

Every figure is of the records themselves, so a regulator who reads them counts the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from tongtu.kernel.ids import LenderId
from tongtu.kernel.money import divide_half_up
from tongtu.origination.model import Decided, Offer

# A lender that said yes and had no money left was eligible all the same.
EXHAUSTED = "quota_exhausted"


class Worthy(NamedTuple):
    """A decision with what each of its offers is worth, and the number of the offer taken."""

    decided: Decided
    worths_minor: Sequence[int]
    taken: int  # from 1; 0: none was; beyond the offers: one that came after the decision
    later: Offer | None = None  # that one, of a remote lender


@dataclass(slots=True)
class LenderTally:
    """One lender's part of the market. Amounts and worth in fen, of the offers that were taken."""

    asked: int = 0
    eligible: int = 0
    shown: int = 0
    first: int = 0  # shown as the cheapest
    chosen: int = 0
    lent_minor: int = 0
    worth_minor: int = 0
    refusals: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class Spread:
    """A yearly figure over many offers, in ppm: sorted when it is read."""

    values: list[int] = field(default_factory=list)

    def at(self, percent: int) -> int | None:
        """Return the nearest-rank percentile; 0 is the least. None without a value."""
        if not self.values:
            return None
        ordered = sorted(self.values)
        return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]


@dataclass(slots=True)
class Tally:
    """The market so far. Savings are of the offer taken against the median of its own list.

    An offer that came after its decision counts as chosen and lent, and has no saving, worth or
    place: what else the person saw by then stands in no record.
    """

    decisions: int = 0
    asked: int = 0  # cases that came as far as the lenders
    with_offers: int = 0
    offers: int = 0
    chosen: int = 0
    chosen_later: int = 0  # of these: offers of remote lenders, which no decision holds
    dearer_than_first: int = 0  # taken though a cheaper one was shown
    saving_minor: int = 0
    saving_ppm: int = 0  # of yearly figures, summed
    irr12: Spread = field(default_factory=Spread)
    effective: Spread = field(default_factory=Spread)
    lenders: dict[LenderId, LenderTally] = field(default_factory=dict)

    def add(self, one: Worthy) -> None:
        """Count one decision."""
        decided = one.decided
        self.decisions += 1
        if not decided.offers and not decided.not_offered:
            return
        self.asked += 1
        self.with_offers += bool(decided.offers)
        self.offers += len(decided.offers)
        for silent in decided.not_offered:
            told = self._of(silent.lender)
            told.asked += 1
            told.eligible += silent.reason == EXHAUSTED
            told.refusals[silent.reason] += 1
        for place, offer in enumerate(decided.offers):
            told = self._of(offer.lender)
            told.asked += 1
            told.eligible += 1
            told.shown += 1
            told.first += place == 0
            self.irr12.values.append(offer.irr12_ppm)
            self.effective.values.append(offer.effective_ppm)
        if one.taken > len(decided.offers):
            self._take_later(one.later)
        elif one.taken:
            self._take(decided.offers, one)

    def _take(self, offers: Sequence[Offer], one: Worthy) -> None:
        offer = offers[one.taken - 1]
        told = self._of(offer.lender)
        told.chosen += 1
        told.lent_minor += offer.amount_minor
        told.worth_minor += one.worths_minor[one.taken - 1]
        self.chosen += 1
        self.dearer_than_first += one.taken > 1
        self.saving_minor += median([each.cost_minor for each in offers]) - offer.cost_minor
        self.saving_ppm += median([each.irr12_ppm for each in offers]) - offer.irr12_ppm

    def _take_later(self, offer: Offer | None) -> None:
        self.chosen += 1
        self.chosen_later += 1
        if offer is not None:
            told = self._of(offer.lender)
            told.chosen += 1
            told.lent_minor += offer.amount_minor

    def _of(self, lender: LenderId) -> LenderTally:
        return self.lenders.setdefault(lender, LenderTally())


def median(values: Sequence[int]) -> int:
    """Return the middle value; of two middle ones their mean, rounded half up."""
    ordered = sorted(values)
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return divide_half_up(ordered[middle - 1] + ordered[middle], 2)
