"""How much of an income all debt service would take, this loan's included, in ppm."""

from __future__ import annotations

from tongtu.funding.api import Book
from tongtu.kernel.money import divide_half_up
from tongtu.kernel.rate import BPS_PER_ONE
from tongtu.origination.model import ApplyRequest
from tongtu.terms.api import PRINCIPAL_MINOR_MAX, level_instalment

PPM = 1_000_000
# A person states what they owe, not what they pay a month: it is taken as repaid in three years.
DEBT_MONTHS = 36
# Of no income, any payment is a large part: as much as a table's number may say.
DSR_PPM_MAX = 10**12


class Affordability:
    """Debt service at the dearest price any lender asks of such a person, so no offer is above it.

    Where no lender has a price, the highest yearly cost the law allows stands for it.
    """

    def __init__(self, book: Book, cap_ppm: int) -> None:
        self._book = book
        self._cap_bps = cap_ppm * BPS_PER_ONE // PPM
        self._instalments: dict[tuple[int, int], int] = {}

    def dsr_ppm(self, request: ApplyRequest, band: int) -> int | None:
        """Return debt service over income, rounded up; None where the person did not say."""
        income, debt = request.declared.income_minor, request.declared.debt_minor
        if income is None or debt is None:
            return None
        if income == 0:
            return DSR_PPM_MAX
        instalment = divide_half_up(
            request.amount_minor * self._of_the_largest(band, request.tenor_months),
            PRINCIPAL_MINOR_MAX,
        )
        service = instalment + divide_half_up(debt, DEBT_MONTHS)
        return min(-(-service * PPM // income), DSR_PPM_MAX)

    def _of_the_largest(self, band: int, tenor_months: int) -> int:
        """Return the instalment of the largest principal; others are in proportion to it."""
        found = self._instalments.get((band, tenor_months))
        if found is None:
            found = self._dearest(band, tenor_months)
            self._instalments[band, tenor_months] = found
        return found

    def _dearest(self, band: int, tenor_months: int) -> int:
        prices = [
            self._book.price(program.id, band, tenor_months) for program in self._book.programs()
        ]
        asked = [(price.rate_bps, price.fee_bps_monthly) for price in prices if price]
        return max(
            level_instalment(PRINCIPAL_MINOR_MAX, rate_bps, tenor_months)
            + PRINCIPAL_MINOR_MAX * fee_bps // BPS_PER_ONE
            for rate_bps, fee_bps in asked or [(self._cap_bps, 0)]
        )
