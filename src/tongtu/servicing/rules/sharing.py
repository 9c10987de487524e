"""Whose a joint loan's money is: each movement divided among funders and guarantor. Pure.

Every part is the difference of two divisions of running totals, so late news, corrections and
payments of any size are split to the fen with nothing carried along, and over the loan's life each
funder gets back exactly what it gave. Interest claimed but not paid is divided the same way:
what a funder has earned, less what it was paid.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from tongtu.funding.api import Shares, service_fee, split_interest, split_principal
from tongtu.servicing.rules.postings import Movement


@dataclass(frozen=True, slots=True)
class Taken:
    """When the guarantor took a loan over, and what had been paid by then."""

    on: date
    repaid_minor: int
    interest_minor: int


@dataclass(frozen=True, slots=True)
class Joint:
    """A joint loan's shares and what its borrower has paid so far, overdue interest included."""

    shares: Shares
    repaid_minor: int = 0
    interest_paid_minor: int = 0
    fee_paid_minor: int = 0
    taken: Taken | None = None

    @property
    def holders(self) -> tuple[int, ...]:
        """Who has the claims of it: its funders, or the guarantor that took it over."""
        if self.taken is not None:
            return (self.shares.guarantor,)
        return tuple(one.lender for one in self.shares.members)

    def after(self, moved: Movement) -> Joint:
        """Return the totals after a movement."""
        return replace(
            self,
            repaid_minor=self.repaid_minor + moved.paid_principal_minor,
            interest_paid_minor=self.interest_paid_minor + moved.paid_interest_minor,
            fee_paid_minor=self.fee_paid_minor + moved.paid_fee_minor,
        )


@dataclass(frozen=True, slots=True)
class Standing:
    """What one payee of a joint loan has received so far and is still owed; fees are a guarantor's.

    `service_fee_minor` is what it paid the platform of the interest it received.
    """

    payee: int
    is_guarantor: bool
    repaid_minor: int
    interest_paid_minor: int
    fee_paid_minor: int
    principal_minor: int
    interest_minor: int
    fee_minor: int
    service_fee_minor: int


@dataclass(frozen=True, slots=True)
class Part:
    """One payee's part of a movement, and what it pays the platform of it."""

    payee: int
    is_guarantor: bool
    moved: Movement
    service_fee_minor: int


def standings(joint: Joint, interest_minor: int, fee_minor: int) -> tuple[Standing, ...]:
    """Return how each funder, and last the guarantor, stands; the two are what is claimed unpaid.

    All columns sum to the loan's own: principal, interest and fee, paid and owed.
    """
    shares, taken = joint.shares, joint.taken
    repaid, paid = joint.repaid_minor, joint.interest_paid_minor
    # What came, or went back, after the guarantor took the loan over is the guarantor's.
    to_repaid = repaid if taken is None else taken.repaid_minor
    to_paid = paid if taken is None else taken.interest_minor
    principals = split_principal(shares, to_repaid)
    interests = split_interest(shares, to_paid)
    earned = split_interest(shares, to_paid + interest_minor) if taken is None else interests
    funders = [
        Standing(
            payee=one.lender,
            is_guarantor=False,
            repaid_minor=principal,
            interest_paid_minor=interest,
            fee_paid_minor=0,
            principal_minor=one.principal_minor - principal if taken is None else 0,
            interest_minor=claimed - interest,
            fee_minor=0,
            service_fee_minor=service_fee(shares, interest),
        )
        for one, principal, interest, claimed in zip(
            shares.members, principals, interests, earned, strict=True
        )
    ]
    guarantor = Standing(
        payee=shares.guarantor,
        is_guarantor=True,
        repaid_minor=repaid - to_repaid,
        interest_paid_minor=paid - to_paid,
        fee_paid_minor=joint.fee_paid_minor,
        principal_minor=shares.principal_minor - repaid if taken is not None else 0,
        interest_minor=interest_minor if taken is not None else 0,
        fee_minor=fee_minor,
        service_fee_minor=0,
    )
    return (*funders, guarantor)


def divide(joint: Joint, moved: Movement, open_minor: tuple[int, int]) -> tuple[Part, ...]:
    """Return each payee's part of a movement; `open_minor` is interest and fee claimed before it.

    A surplus is nobody's part: it is owed back to the borrower.
    """
    interest, fee = open_minor
    left = interest + moved.accrued_interest_minor - moved.paid_interest_minor
    left_fee = fee + moved.accrued_fee_minor - moved.paid_fee_minor
    before = standings(joint, interest, fee)
    after = standings(joint.after(moved), left, left_fee)
    return tuple(_part(moved, one, other) for one, other in zip(before, after, strict=True))


def _part(moved: Movement, before: Standing, after: Standing) -> Part:
    interest = after.interest_paid_minor - before.interest_paid_minor
    fee = after.fee_paid_minor - before.fee_paid_minor
    part = Movement(
        paid_principal_minor=after.repaid_minor - before.repaid_minor,
        paid_interest_minor=interest,
        paid_fee_minor=fee,
        accrued_interest_minor=after.interest_minor - before.interest_minor + interest,
        accrued_fee_minor=after.fee_minor - before.fee_minor + fee,
        surplus_minor=0,
        place_before=moved.place_before,
        place_after=moved.place_after,
        owed_minor=(after.principal_minor, after.interest_minor, after.fee_minor),
    )
    return Part(
        before.payee,
        before.is_guarantor,
        part,
        after.service_fee_minor - before.service_fee_minor,
    )
