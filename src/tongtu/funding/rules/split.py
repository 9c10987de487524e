"""How one amount is divided among several: to the fen, and so that no share ever shrinks. Pure.

The rule is Webster's (also Sainte-Laguë): the next fen goes to whoever is furthest below their
weight. It sums exactly, is exact wherever exactness is possible, and a share never falls when the
amount grows. The method of largest remainders lacks the last: there a repayment could take a fen
from a funder. So what a payment brings each is the difference of two divisions of running totals,
with nothing to carry from one payment to the next.
"""

from __future__ import annotations

from collections.abc import Sequence

from tongtu.funding.model import FUNDERS_MAX, Shares

_PPM = 1_000_000


def apportion(amount_minor: int, weights: Sequence[int]) -> tuple[int, ...]:
    """Return `amount_minor` divided by the weights; the parts sum to it.

    Of two that stand equal the larger weight goes first, then the earlier place.

    Raises:
        ValueError: a negative amount or weight, no weight above 0, or too many.
    """
    total, count = sum(weights), len(weights)
    if amount_minor < 0 or not 1 <= count <= FUNDERS_MAX or min(weights) < 0 or not total:
        raise ValueError("an amount of 0 or more is divided by weights of which one is above 0")
    # Nobody's part can come out below this, so only a few fen are left to give away one by one.
    parts = [
        max(0, ((2 * amount_minor - count) * weight - total) // (2 * total)) for weight in weights
    ]
    for _ in range(amount_minor - sum(parts)):
        parts[_next(parts, weights)] += 1
    return tuple(parts)


def split_principal(shares: Shares, repaid_minor: int) -> tuple[int, ...]:
    """Return how much of the principal repaid so far is each funder's."""
    return apportion(repaid_minor, [one.principal_minor for one in shares.members])


def split_interest(shares: Shares, interest_minor: int) -> tuple[int, ...]:
    """Return how much of the interest so far is each funder's, by principal and own rate."""
    weights = [one.principal_minor * one.rate_bps for one in shares.members]
    # A loan without interest may still bear overdue interest; that goes by principal.
    return apportion(
        interest_minor, weights if any(weights) else [one.principal_minor for one in shares.members]
    )


def service_fee(shares: Shares, interest_minor: int) -> int:
    """Return what a funder owes the platform so far on the interest it received; rounded down."""
    return interest_minor * shares.service_fee_ppm // _PPM


def _next(parts: Sequence[int], weights: Sequence[int]) -> int:
    """Return whose turn it is: the largest weight / (2 part + 1), by whole numbers."""
    best = 0
    for place in range(1, len(parts)):
        mine = weights[place] * (2 * parts[best] + 1)
        its = weights[best] * (2 * parts[place] + 1)
        if mine > its or (mine == its and weights[place] > weights[best]):
            best = place
    return best
