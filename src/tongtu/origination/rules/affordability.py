"""How much of an income all debt service would take, this loan's included, in ppm."""

from __future__ import annotations

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
    """Debt service at the dearest price the law allows, so that it holds for every offer."""

    def __init__(self, cap_ppm: int) -> None:
        self._cap_bps = cap_ppm * BPS_PER_ONE // PPM
        self._instalments: dict[int, int] = {}

    def dsr_ppm(self, request: ApplyRequest) -> int | None:
        """Return debt service over income; None where the person did not say."""
        income, debt = request.declared.income_minor, request.declared.debt_minor
        if income is None or debt is None:
            return None
        if income == 0:
            return DSR_PPM_MAX
        instalment = divide_half_up(
            request.amount_minor * self._of_the_largest(request.tenor_months), PRINCIPAL_MINOR_MAX
        )
        service = instalment + divide_half_up(debt, DEBT_MONTHS)
        return min(-(-service * PPM // income), DSR_PPM_MAX)

    def _of_the_largest(self, tenor_months: int) -> int:
        """Return the instalment of the largest principal; others are in proportion to it."""
        found = self._instalments.get(tenor_months)
        if found is None:
            found = level_instalment(PRINCIPAL_MINOR_MAX, self._cap_bps, tenor_months)
            self._instalments[tenor_months] = found
        return found
