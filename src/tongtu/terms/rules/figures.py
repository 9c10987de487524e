"""Yearly figures of a repaid loan in ppm: 12 x the monthly IRR, and the same compounded.

A figure is the least whole ppm not below the true rate. A float solver finds it; wherever its error
could change the answer, integers (or 40-digit decimals) decide, so the answer has one value only.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Context, Decimal, localcontext

import numpy as np
from numpy.typing import NDArray

from tongtu.kernel.errors import Broken

PPM = 1_000_000
YEAR_PPM = 12 * PPM
# The solver errs by less than 1e-7 ppm; nearer than this to a whole ppm it does not decide.
_NEAR_WHOLE = 1e-5
_CLOSE = 1e-10
_LEAST = 1e-12
_STEPS_MAX = 60
_Column = NDArray[np.int64]
_Floats = NDArray[np.float64]


def is_above(principal: int, paid: Sequence[int], irr12_ppm: int) -> bool:
    """Return whether 12 x the monthly IRR of monthly payments is above the rate, exactly."""
    growth = YEAR_PPM + irr12_ppm
    value, scale = -principal, 1
    for amount in paid:
        scale *= YEAR_PPM
        value = value * growth + amount * scale
    return value > 0


def of_flows(principal: int, paid: Sequence[int]) -> tuple[int, int]:
    """Return (irr12_ppm, effective_ppm) of any monthly payments that repay the principal."""
    if sum(paid) < principal:
        raise Broken("a schedule repays less than its principal")
    low, high = -1, 1
    while is_above(principal, paid, high):
        low, high = high, high * 4
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if is_above(principal, paid, middle) else (low, middle)
    return max(high, 0), _exact_effective(principal, paid, high)


def of_level(principal: int, instalment: int, last: int, months: int) -> tuple[int, int]:
    """Return (irr12_ppm, effective_ppm) of level payments with a last one of its own."""
    extra = last - instalment
    if instalment * months + extra == principal:
        return 0, 0
    monthly = _first_guess(principal, instalment, months)
    for _ in range(_STEPS_MAX):
        discount = math.exp(-months * math.log1p(monthly))
        annuity = (1.0 - discount) / monthly
        if monthly < 1e-3:
            annuity = -math.expm1(-months * math.log1p(monthly)) / monthly
        fall = months * discount / (1.0 + monthly)
        value = instalment * annuity + extra * discount - principal
        slope = instalment * (fall - annuity) / monthly - extra * fall
        step = value / slope
        monthly = max(monthly - step, _LEAST)
        if abs(step) < _CLOSE:
            break
    else:
        return of_flows(principal, _paid(instalment, last, months))
    simple, compound = monthly * YEAR_PPM, math.expm1(12 * math.log1p(monthly)) * PPM
    if _is_near_whole(simple) or _is_near_whole(compound):
        return of_flows(principal, _paid(instalment, last, months))
    return math.ceil(simple), math.ceil(compound)


def of_levels(
    principal: _Column, instalment: _Column, last: _Column, months: _Column
) -> tuple[_Column, _Column]:
    """Return the columns (irr12_ppm, effective_ppm), each row as `of_level` gives it."""
    extra = last - instalment
    free = instalment * months + extra == principal
    monthly = _solve(
        *(column.astype(np.float64) for column in (principal, instalment, extra, months))
    )
    grown = np.log1p(monthly)
    simple, compound = monthly * YEAR_PPM, np.expm1(12 * grown) * PPM
    near = np.abs(simple - np.rint(simple)) < _NEAR_WHOLE
    near |= np.abs(compound - np.rint(compound)) < _NEAR_WHOLE
    near |= ~np.isfinite(simple)
    near &= ~free
    unsure = np.flatnonzero(near).tolist()
    simple[near | free] = 0.0
    compound[near | free] = 0.0
    irr12, effective = np.ceil(simple).astype(np.int64), np.ceil(compound).astype(np.int64)
    for row in unsure:
        paid = _paid(int(instalment[row]), int(last[row]), int(months[row]))
        irr12[row], effective[row] = of_flows(int(principal[row]), paid)
    return irr12, effective


def _solve(principal: _Floats, instalment: _Floats, extra: _Floats, months: _Floats) -> _Floats:
    """Return monthly rates by Newton's method; NaN where it did not settle."""
    monthly = np.maximum(
        2.0 * (instalment * months - principal) / (principal * (months + 1.0)), _LEAST
    )
    for _ in range(_STEPS_MAX):
        grown = 1.0 + monthly
        power = np.expm1(-months * np.log1p(monthly))
        annuity = -power / monthly
        discount = power + 1.0
        fall = months * discount / grown
        value = instalment * annuity + extra * discount - principal
        step = value / (instalment * (fall - annuity) / monthly - extra * fall)
        np.maximum(monthly - step, _LEAST, out=monthly)
        if np.abs(step).max() < _CLOSE:
            return monthly
    return np.where(np.abs(step) < _CLOSE, monthly, np.nan)


def _first_guess(principal: int, instalment: int, months: int) -> float:
    """Return the rate of the same cost over half the principal, which is where it ends up."""
    return max(2.0 * (instalment * months - principal) / (principal * (months + 1.0)), _LEAST)


def _is_near_whole(figure: float) -> bool:
    return abs(figure - round(figure)) < _NEAR_WHOLE


def _paid(instalment: int, last: int, months: int) -> tuple[int, ...]:
    return (instalment,) * (months - 1) + (last,)


def _exact_effective(principal: int, paid: Sequence[int], irr12_ppm: int) -> int:
    if sum(paid) == principal:
        return 0
    with localcontext(Context(prec=60)):
        monthly = Decimal(irr12_ppm) / YEAR_PPM
        for _ in range(6):
            discount, value, slope = Decimal(1), Decimal(-principal), Decimal(0)
            for nr, amount in enumerate(paid, start=1):
                discount /= 1 + monthly
                value += amount * discount
                slope -= nr * amount * discount / (1 + monthly)
            monthly -= value / slope
        figure = ((1 + monthly) ** 12 - 1) * PPM
        return math.ceil(figure - Decimal("1e-30"))
