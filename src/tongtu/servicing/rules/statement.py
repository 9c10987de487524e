"""What a loan came to over some days, as it was known on the last of them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from tongtu.servicing.model import EventKind, FrozenTerms, LoanEvent
from tongtu.servicing.rules.admission import money_of
from tongtu.servicing.rules.fold import fold

_LENT = frozenset({EventKind.DISBURSED, EventKind.IMPORTED})
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Balances:
    """What is owed at both ends of some days, less what is owed back, and what moved it.

    Opening + lent + claimed - received = closing. `claimed_minor` is interest and fees, less what
    was let off or taken back of them.
    """

    opened_on: date
    closed_on: date
    opening_minor: int
    lent_minor: int
    claimed_minor: int
    received_minor: int
    closing_minor: int


def balances_over(
    terms: FrozenTerms, events: Sequence[LoanEvent], opened_on: date, closed_on: date
) -> Balances:
    """Return a loan's balances at the ends of the days `opened_on` to `closed_on`, both counted.

    What became known later changes nothing of it: a day's statement is the same for ever.
    """
    within = known_in(events, opened_on, closed_on)
    received = sum(money_of(events, one) for one in within)
    lent = sum(one.amount_minor for one in within if one.kind in _LENT)
    opening = _balance(terms, events, opened_on - ONE_DAY)
    closing = _balance(terms, events, closed_on)
    claimed = closing - opening - lent + received
    return Balances(opened_on, closed_on, opening, lent, claimed, received, closing)


def known_in(events: Sequence[LoanEvent], opened_on: date, closed_on: date) -> list[LoanEvent]:
    """Return what entered the books on the days from one to another, both counted."""
    return [one for one in events if opened_on <= one.business_date <= closed_on]


def _balance(terms: FrozenTerms, events: Sequence[LoanEvent], on: date) -> int:
    known = [one for one in events if one.business_date <= on]
    if not known:
        return 0
    state = fold(terms, known, on)
    return sum(state.owed_minor) - state.surplus_minor
