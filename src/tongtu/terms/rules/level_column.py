"""Level instalments and their yearly cost by column, for any rate in whole ppm and any rounding.

Floats find a figure; wherever their error could change it, integers decide. So a loan has one
figure in a book of any size.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tongtu.terms.model.convention import RoundingMode
from tongtu.terms.model.fault import BadTerms
from tongtu.terms.model.loan_terms import INSTALMENTS_MAX, PRINCIPAL_MINOR_MAX
from tongtu.terms.rules import figures

Column = NDArray[np.int64]
# A month's rate is rate_ppm / PPM_MONTHLY.
PPM_MONTHLY = 12_000_000
# 100 % a year; a balance of PRINCIPAL_MINOR_MAX times what a month makes of it stays in int64.
RATE_PPM_MAX = 1_000_000
_RELATIVE = 1e-13
# An instalment below the interest lets the balance grow; beyond this it grows no further here.
_LEFT_MAX = 10**11
_ROUNDINGS = {
    RoundingMode.HALF_UP: 0.5, RoundingMode.HALF_EVEN: 0.5, RoundingMode.CEILING: 0.0,
    RoundingMode.FLOOR: 0.0,
}  # fmt: skip


def level_instalments(
    principal: Column, rate_ppm: Column, months: Column, mode: RoundingMode
) -> Column:
    """Return P·r / (1 - (1+r)^-n) of each loan in fen, r = rate_ppm / 12,000,000, rounded.

    Raises:
        BadTerms: a column is not int64 or beyond its bounds, or a rounding money does not take.
    """
    if mode not in _ROUNDINGS:
        raise BadTerms(f"instalments by column are not rounded {mode}")
    _check(principal, rate_ppm, months)
    rate = rate_ppm / PPM_MONTHLY
    with np.errstate(divide="ignore", invalid="ignore"):
        found = principal * rate / -np.expm1(-months * np.log1p(rate))
        floor = np.floor(found)
        part = found - floor
        # How far the fraction is from the line where the rounding turns.
        apart = np.minimum(np.abs(part - _ROUNDINGS[mode]), np.abs(part - _ROUNDINGS[mode] - 1))
        if _ROUNDINGS[mode]:
            above = (part > _ROUNDINGS[mode]).astype(np.float64)
        else:
            above = np.full(len(part), 1.0 if mode is RoundingMode.CEILING else 0.0)
        sure = apart > 1e-6 + found * _RELATIVE
    level = np.where(sure, floor + above, 0.0).astype(np.int64)
    for row in np.flatnonzero(~sure).tolist():  # a zero rate gives NaN, which is never sure
        one = int(principal[row]), int(rate_ppm[row]), int(months[row])
        level[row] = exact_instalment(*one, mode)
    return level


def exact_instalment(principal: int, rate_ppm: int, months: int, mode: RoundingMode) -> int:
    """Return the same of one loan by integers alone."""
    if rate_ppm == 0:
        upper, lower = principal, months
    else:
        grown = (PPM_MONTHLY + rate_ppm) ** months
        upper = principal * rate_ppm * grown
        lower = PPM_MONTHLY * (grown - PPM_MONTHLY**months)
    whole, rest = divmod(upper, lower)
    if mode is RoundingMode.CEILING:
        return whole + (rest > 0)
    if mode is RoundingMode.FLOOR:
        return whole
    if mode is RoundingMode.HALF_EVEN and 2 * rest == lower:
        return whole + whole % 2
    return whole + (2 * rest >= lower)


def last_instalments(
    principal: Column, rate_ppm: Column, months: Column, instalment: Column
) -> Column:
    """Return what is left to pay in each last month when the others are paid as told.

    Interest of a month is rounded half up. 0 where the loan is paid off before its last month.
    """
    _check(principal, rate_ppm, months)
    divisor, factor = 2 * PPM_MONTHLY, 2 * (PPM_MONTHLY + rate_ppm)
    left = principal.copy()
    for month in range(1, int(months.max(initial=0))):
        running = (months > month) & (left > 0)
        grown = (left[running] * factor[running] + PPM_MONTHLY) // divisor
        left[running] = np.clip(grown - instalment[running], 0, _LEFT_MAX)
    last: Column = (left * factor + PPM_MONTHLY) // divisor
    return last


def level_costs(
    received: Column, instalment: Column, last: Column, months: Column
) -> tuple[Column, Column]:
    """Return (12 x the monthly IRR, the same compounded) in ppm; -1 where less comes back.

    `received` is what the borrower got in hand; `instalment` and `last` hold every fee.
    """
    irr12 = np.full(len(received), -1, np.int64)
    compound = irr12.copy()
    can = (instalment * (months - 1) + last >= received) & (received > 0) & (instalment > 0)
    can &= instalment * months > received  # the solver begins at a cost above zero
    if can.any():
        picked = (column[can] for column in (received, instalment, last, months))
        irr12[can], compound[can] = figures.of_levels(*picked)
    free = (instalment * (months - 1) + last == received) & (received > 0)
    irr12[free] = compound[free] = 0
    return irr12, compound


def _check(principal: Column, rate_ppm: Column, months: Column) -> None:
    if not principal.dtype == rate_ppm.dtype == months.dtype == np.int64:
        raise BadTerms("loans by column are int64")
    if len(principal) and not (
        principal.min() >= 1
        and principal.max() <= PRINCIPAL_MINOR_MAX
        and rate_ppm.min() >= 0
        and rate_ppm.max() <= RATE_PPM_MAX
        and months.min() >= 1
        and months.max() <= INSTALMENTS_MAX
    ):
        raise BadTerms(
            f"a loan by column has 1..{PRINCIPAL_MINOR_MAX} fen, 0..{RATE_PPM_MAX} ppm a year "
            f"and 1..{INSTALMENTS_MAX} months"
        )
