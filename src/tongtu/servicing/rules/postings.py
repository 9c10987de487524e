"""What an event moves in the books: the difference of two folds, so that backdating just works."""

from __future__ import annotations

from dataclasses import dataclass

from tongtu.servicing.model import LoanState


@dataclass(frozen=True, slots=True)
class Movement:
    """Changes of one loan's components. `paid_*` reduce a claim, `accrued_*` raise it (or not)."""

    paid_principal_minor: int
    paid_interest_minor: int
    paid_fee_minor: int
    accrued_interest_minor: int
    accrued_fee_minor: int
    surplus_minor: int

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
    return Movement(
        paid_principal_minor=before.outstanding_minor - after.outstanding_minor,
        paid_interest_minor=_paid_interest(after) - _paid_interest(before),
        paid_fee_minor=after.paid_fee_minor - before.paid_fee_minor,
        accrued_interest_minor=_earned_interest(after) - _earned_interest(before),
        accrued_fee_minor=after.earned_fee_minor - before.earned_fee_minor,
        surplus_minor=after.surplus_minor - before.surplus_minor,
    )


def _paid_interest(state: LoanState) -> int:
    return state.paid_interest_minor + state.paid_overdue_minor


def _earned_interest(state: LoanState) -> int:
    return state.earned_interest_minor + state.earned_overdue_minor
