"""Why an instalment does not recompute: the first explanation whose arithmetic comes out.

A cause is proved when its own figures give the booked instalment to the cent; otherwise it is
called likely, or unknown, and says what the booked instalment would belong to.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from tongtu.checkup.model import Book, Role
from tongtu.checkup.rules.recomputation import ROUNDINGS, Recomputed
from tongtu.kernel.money import divide_half_up
from tongtu.terms.api import RoundingMode, exact_instalment, level_costs

# Each is looked at singly; a book with more has another method, and its first ones tell which.
NAMED_MAX = 1_000
_PPM, _PPM_MONTHLY = 1_000_000, 12_000_000
# A match among many tries that chance would bring more often proves nothing.
CHANCE_PPM_MAX = 20_000
_PEERS_MIN = 20
_RATES_TRIED = 4
_PAID_TRIED = 12
_TERMS_TRIED = 12


@dataclass(frozen=True, slots=True)
class Unequal:
    """One loan whose instalment does not recompute: theirs, ours, why, and the arithmetic."""

    line: int
    loan: str
    principal_minor: int
    rate_ppm: int
    months: int
    theirs_minor: int
    ours_minor: int
    cause: str
    is_proved: bool
    figures: dict[str, int]  # what the arithmetic of the cause is made of
    implied_rate_ppm: int
    implied_principal_minor: int

    @property
    def difference_minor(self) -> int:
        """How much more a month than by the terms."""
        return self.theirs_minor - self.ours_minor


def causes(book: Book, found: Recomputed) -> list[Unequal]:
    """Return the first loans that do not recompute, each with its cause."""
    peers = _peers(book)
    rows = np.flatnonzero(~found.is_equal)[:NAMED_MAX].tolist()
    return [_explain(book, found, row, peers) for row in rows]


def implied_principal(instalment: int, rate_ppm: int, months: int) -> int:
    """Return the principal a level instalment belongs to at a rate."""
    if rate_ppm == 0:
        return instalment * months
    grown, one = (_PPM_MONTHLY + rate_ppm) ** months, _PPM_MONTHLY**months
    return divide_half_up(instalment * _PPM_MONTHLY * (grown - one), rate_ppm * grown)


def _explain(book: Book, found: Recomputed, row: int, peers: dict[str, Counter[int]]) -> Unequal:
    principal, rate = int(book.principal[row]), int(book.rate_ppm[row])
    months, theirs = int(book.months[row]), int(book.instalment[row])
    terms = principal, rate, months
    score = book.words[Role.SCORE][row] if Role.SCORE in book.words else ""
    tries = (
        *_of_terms(terms, theirs),
        *_of_fees(book, row, terms, theirs),
        *_of_peers(terms, theirs, peers.get(score, Counter())),
    )
    cause, is_proved, figures = next(iter(tries), ("unknown", False, {}))
    one = (np.array([value]) for value in (principal, theirs, theirs, months))
    implied = int(level_costs(*one)[0][0])
    return Unequal(
        int(book.line[row]), book.loan[row], principal, rate, months, theirs,
        int(found.as_booked[row]), cause, is_proved, figures, implied,
        implied_principal(theirs, rate, months),
    )  # fmt: skip


Try = tuple[str, bool, dict[str, int]]


def _of_terms(terms: tuple[int, int, int], theirs: int) -> Iterator[Try]:
    principal, rate, months = terms
    if any(exact_instalment(*terms, mode) == theirs for mode in ROUNDINGS):
        yield "other_rounding", True, {}
    if abs(exact_instalment(*terms, RoundingMode.HALF_UP) - theirs) <= 1:
        yield "one_cent", False, {}
    interest = divide_half_up(principal * rate, _PPM_MONTHLY)
    if abs(divide_half_up(principal, months) + interest - theirs) <= 1:
        yield "flat", True, {"interest_minor": interest}
    if abs(interest - theirs) <= 1:
        yield "interest_only", True, {"interest_minor": interest}
    by_360 = divide_half_up(rate * 365, 360)
    if abs(exact_instalment(principal, by_360, months, RoundingMode.HALF_UP) - theirs) <= 1:
        yield "year_of_360", True, {"rate_ppm": by_360}
    for other in range(max(1, months - _TERMS_TRIED), min(360, months + _TERMS_TRIED) + 1):
        near = exact_instalment(principal, rate, other, RoundingMode.HALF_UP)
        if other != months and abs(near - theirs) <= 1:
            yield "other_months", True, {"months": other}


def _of_fees(book: Book, row: int, terms: tuple[int, int, int], theirs: int) -> Iterator[Try]:
    principal, rate, months = terms
    monthly, upfront = int(book.fee_monthly[row]), int(book.fee_upfront[row])
    if monthly and abs(exact_instalment(*terms, RoundingMode.HALF_UP) + monthly - theirs) <= 1:
        yield "fee_inside", True, {"fee_minor": monthly}
    for other in (principal + upfront, principal - upfront):
        if upfront and other > 0:
            near = exact_instalment(other, rate, months, RoundingMode.HALF_UP)
            if abs(near - theirs) <= 1:
                yield "fee_financed", True, {"principal_minor": other}


def _of_peers(terms: tuple[int, int, int], theirs: int, rates: Counter[int]) -> Iterator[Try]:
    """Say whether the rate was changed after a while: what others of the same score pay tells."""
    rate = terms[1]
    if sum(rates.values()) < _PEERS_MIN:
        return
    common = [one for one, _ in rates.most_common(_RATES_TRIED) if one != rate]
    tries = [one for before in common for one in _recast(terms, before)]
    if tries:
        sums = [one["anew_minor"] for one in tries]
        # So many figures over so wide a range: how likely one of them is this one by chance.
        chance = len(set(sums)) * _PPM // max(1, max(sums) - min(sums))
        for one in tries:
            if one["anew_minor"] == theirs and chance <= CHANCE_PPM_MAX:
                yield "rate_changed", True, one | {"chance_ppm": chance}
    # The loan's own rate is among its peers'; more than one must lie beyond it on either side.
    others = [one for one, count in rates.items() if one != rate or count > 1]
    if others and not min(others) <= rate <= max(others):
        yield "rate_apart", False, {"peers_min_ppm": min(others), "peers_max_ppm": max(others)}


def _recast(terms: tuple[int, int, int], before: int) -> Iterator[dict[str, int]]:
    """Yield the instalments of a loan recast to its rate after some months at another one."""
    principal, rate, months = terms
    level = exact_instalment(principal, before, months, RoundingMode.CEILING)
    left = principal
    for paid in range(1, min(_PAID_TRIED, months - 1) + 1):
        left += divide_half_up(left * before, _PPM_MONTHLY) - level
        if left <= 0:
            return
        anew = exact_instalment(left, rate, months - paid, RoundingMode.CEILING)
        yield {
            "rate_before_ppm": before, "paid": paid, "left_minor": left, "level_minor": level,
            "anew_minor": anew,
        }  # fmt: skip


def _peers(book: Book) -> dict[str, Counter[int]]:
    peers: dict[str, Counter[int]] = {}
    for word, rate in zip(book.words.get(Role.SCORE, ()), book.rate_ppm.tolist(), strict=False):
        if word:
            peers.setdefault(word, Counter())[rate] += 1
    return peers
