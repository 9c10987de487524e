"""What an event moves in the books: the difference of two folds, so that backdating just works."""

from __future__ import annotations

from dataclasses import dataclass

from tongtu.servicing.model import LoanState, Place


@dataclass(frozen=True, slots=True)
class Movement:
    """Changes of one loan's components. `paid_*` reduce a claim, `accrued_*` raise it (or not).

    They run over the accounts of the place the loan was in; when it goes to another place, what is
    then owed (`owed_minor`: principal, interest, fees) goes there with it.
    """

    paid_principal_minor: int
    paid_interest_minor: int
    paid_fee_minor: int
    accrued_interest_minor: int
    accrued_fee_minor: int
    surplus_minor: int
    place_before: Place = Place.BOOKS
    place_after: Place = Place.BOOKS
    owed_minor: tuple[int, int, int] = (0, 0, 0)

    @property
    def is_money(self) -> bool:
        """Whether money counts otherwise than before: a joint loan's payees settle among them."""
        paid = (self.paid_principal_minor, self.paid_interest_minor, self.paid_fee_minor)
        return any(paid) or self.surplus_minor != 0

    @property
    def received_minor(self) -> int:
        """All the money that came in."""
        return (
            self.paid_principal_minor
            + self.paid_interest_minor
            + self.paid_fee_minor
            + self.surplus_minor
        )


def difference(before: LoanState, after: LoanState) -> Movement:
    """Return what lies between two folds of one loan, both reckoned to the last closed day."""
    then, now = before.owed_minor, after.owed_minor
    paid_interest = _paid_interest(after) - _paid_interest(before)
    paid_fee = _paid_fee(after) - _paid_fee(before)
    return Movement(
        paid_principal_minor=then[0] - now[0],
        paid_interest_minor=paid_interest,
        paid_fee_minor=paid_fee,
        accrued_interest_minor=now[1] - then[1] + paid_interest,
        accrued_fee_minor=now[2] - then[2] + paid_fee,
        surplus_minor=after.surplus_minor - before.surplus_minor,
        place_before=before.place,
        place_after=after.place,
        owed_minor=now,
    )


def _paid_interest(state: LoanState) -> int:
    return state.paid_interest_minor + state.paid_overdue_minor + state.recovered_minor[1]


def _paid_fee(state: LoanState) -> int:
    return state.paid_fee_minor + state.recovered_minor[2]
