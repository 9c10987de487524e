"""The level instalment of whole months at a rate in basis points, for quotes: fast and exact."""

from __future__ import annotations

import math

from tongtu.kernel.money import divide_half_up
from tongtu.kernel.rate import BPS_PER_ONE

# A month's rate is rate_bps / MONTHLY.
MONTHLY = 12 * BPS_PER_ONE
# The relative error of the float instalment is below 1e-14; nearer to a half the integers decide.
_NEAR_HALF = 1e-6
_RELATIVE = 1e-13


def level_instalment(principal_minor: int, rate_bps: int, tenor_months: int) -> int:
    """Return P·r / (1 - (1+r)^-n) rounded half up to the fen, for r = rate_bps / 120000."""
    if rate_bps == 0:
        return divide_half_up(principal_minor, tenor_months)
    rate = rate_bps / MONTHLY
    found = principal_minor * rate / -math.expm1(-tenor_months * math.log1p(rate))
    nearest = math.floor(found)
    if abs(found - nearest - 0.5) > _NEAR_HALF + found * _RELATIVE:
        return nearest if found - nearest < 0.5 else nearest + 1
    return exact_level_instalment(principal_minor, rate_bps, tenor_months)


def exact_level_instalment(principal_minor: int, rate_bps: int, tenor_months: int) -> int:
    """Return the same in integers alone: slower, the judge where a float is near a half."""
    if rate_bps == 0:
        return divide_half_up(principal_minor, tenor_months)
    grown = (MONTHLY + rate_bps) ** tenor_months
    return divide_half_up(
        principal_minor * rate_bps * grown, MONTHLY * (grown - MONTHLY**tenor_months)
    )
