"""What settles a loan on each of the next days: the quote a borrower is shown, and its parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from tongtu.servicing.model import FrozenTerms, LoanEvent
from tongtu.servicing.rules.fold import fold

# A week of days is shown; further ahead the figure is seldom what will be owed.
VALID_DAYS = 7


@dataclass(frozen=True, slots=True)
class PayoffQuote:
    """Exactly what settles the loan if it arrives on `on`, and nothing else happens before.

    Interest paid of days after it is taken off its interest, which may then be below zero.
    """

    on: date
    principal_minor: int
    interest_minor: int
    overdue_interest_minor: int
    fee_minor: int

    @property
    def total_minor(self) -> int:
        """What is to be paid."""
        return (
            self.principal_minor
            + self.interest_minor
            + self.overdue_interest_minor
            + self.fee_minor
        )


def payoff_quotes(
    terms: FrozenTerms, events: Sequence[LoanEvent], today: date
) -> tuple[PayoffQuote, ...]:
    """Return the quotes of today and the days it stays valid for; none for a settled loan."""
    quotes = []
    for days in range(VALID_DAYS + 1):
        state = fold(terms, events, today + timedelta(days=days))
        if state.settled_on is not None:
            return ()
        quotes.append(
            PayoffQuote(
                on=state.as_of,
                principal_minor=state.outstanding_minor,
                interest_minor=state.interest_minor
                - state.overdue_interest_minor
                - state.ahead_minor,
                overdue_interest_minor=state.overdue_interest_minor,
                fee_minor=state.fee_minor,
            )
        )
    return tuple(quotes)
