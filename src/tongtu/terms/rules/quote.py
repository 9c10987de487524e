"""Quotes: the figures of a level-instalment schedule without its rows, one by one or by column.

Money comes from integers alone. A yearly figure is the least whole ppm that is not below the true
rate, so it never understates a cost, and one loan has one figure in a batch of any size.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from tongtu.terms.model.fault import BadTerms
from tongtu.terms.model.fee import monthly_fee
from tongtu.terms.model.loan_terms import PRINCIPAL_MINOR_MAX, RATE_BPS_MAX, LoanTerms
from tongtu.terms.rules import figures
from tongtu.terms.rules.level import MONTHLY, level_instalment
from tongtu.terms.rules.schedule import schedule

Column = NDArray[np.int64]
Floats = NDArray[np.float64]
# The longest consumer term any rule allows; up to it no product below leaves int64.
QUOTE_MONTHS_MAX = 84
_DIVISOR = 2 * MONTHLY
# Up to here the columns cost more than they save (8 loans: 93 us by column, 50 one by one).
_FEW = 12
_INT = {int}
_ANY_DAY = date(2026, 1, 1)


@dataclass(frozen=True, slots=True)
class Quote:
    """What a borrower pays; `instalment_minor` and `last_minor` hold the monthly fee."""

    instalment_minor: int
    last_minor: int
    total_minor: int
    cost_minor: int
    irr12_ppm: int
    effective_ppm: int


_FIGURES = attrgetter(*Quote.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class QuoteBatch:
    """Columns of Quote in request order, all int64."""

    instalment: Column
    last: Column
    total: Column
    cost: Column
    irr12_ppm: Column
    effective_ppm: Column


def quote(principal_minor: int, rate_bps: int, tenor_months: int, fee_monthly: int = 0) -> Quote:
    """Return the figures of one loan.

    Raises:
        BadTerms: a value is no int, or beyond the bounds of a quote.
    """
    if {type(principal_minor), type(rate_bps), type(tenor_months), type(fee_monthly)} != _INT:
        raise _out_of_bounds()
    if not (
        0 < principal_minor <= PRINCIPAL_MINOR_MAX
        and 0 <= rate_bps <= RATE_BPS_MAX
        and 0 < tenor_months <= QUOTE_MONTHS_MAX
        and 0 <= fee_monthly <= principal_minor
    ):
        raise _out_of_bounds()
    level = level_instalment(principal_minor, rate_bps, tenor_months)
    factor = _DIVISOR + 2 * rate_bps
    added = MONTHLY - _DIVISOR * level
    left = principal_minor
    for _ in range(tenor_months - 1):
        left = (left * factor + added) // _DIVISOR
    if left <= 0:
        return _paid_early(principal_minor, rate_bps, tenor_months, fee_monthly)
    instalment = level + fee_monthly
    last = (left * factor + MONTHLY) // _DIVISOR + fee_monthly
    total = instalment * (tenor_months - 1) + last
    irr12_ppm, effective_ppm = figures.of_level(principal_minor, instalment, last, tenor_months)
    return Quote(
        instalment_minor=instalment,
        last_minor=last,
        total_minor=total,
        cost_minor=total - principal_minor,
        irr12_ppm=irr12_ppm,
        effective_ppm=effective_ppm,
    )


def quote_batch(
    principal: Column, rate_bps: Column, tenor: Column, fee_monthly: Column
) -> QuoteBatch:
    """Return the figures of many loans, each exactly as `quote` gives it.

    Raises:
        BadTerms: one member is beyond the bounds of a quote, or a column is not int64; nothing
            is quoted.
    """
    if len(principal) <= _FEW:
        return _one_by_one(principal, rate_bps, tenor, fee_monthly)
    _check(principal, rate_bps, tenor, fee_monthly)
    level = _levels(principal, rate_bps, tenor)
    factor = 2 * rate_bps + _DIVISOR
    left = _walk(principal, tenor, factor, MONTHLY - _DIVISOR * level)
    instalment = level + fee_monthly
    last = (left * factor + MONTHLY) // _DIVISOR + fee_monthly
    total = instalment * (tenor - 1) + last
    early = left <= 0
    columns = figures.of_levels(principal, instalment, np.where(early, instalment, last), tenor)
    batch = QuoteBatch(instalment, last, total, total - principal, *columns)
    for row in np.flatnonzero(early).tolist():
        one = (int(column[row]) for column in (principal, rate_bps, tenor, fee_monthly))
        _put(batch, row, _paid_early(*one))
    return batch


def _one_by_one(
    principal: Column, rate_bps: Column, tenor: Column, fee_monthly: Column
) -> QuoteBatch:
    columns = (column.tolist() for column in (principal, rate_bps, tenor, fee_monthly))
    quotes = [_FIGURES(quote(*row)) for row in zip(*columns, strict=True)]
    return QuoteBatch(*np.array(quotes, np.int64).reshape(-1, 6).T)


def _levels(principal: Column, rate_bps: Column, tenor: Column) -> Column:
    """Return each level instalment: floats find it, integers decide where they may err."""
    rate = rate_bps / MONTHLY
    with np.errstate(divide="ignore", invalid="ignore"):
        found = principal * rate / -np.expm1(-tenor * np.log1p(rate))
    floor = np.floor(found)
    part = found - floor
    with np.errstate(invalid="ignore"):
        level = (floor + (part >= 0.5)).astype(np.int64)
        sure = np.abs(part - 0.5) > 1e-6 + found * 1e-13
    if not sure.all():  # a zero rate gives NaN, which is never sure
        for row in np.flatnonzero(~sure).tolist():
            level[row] = level_instalment(int(principal[row]), int(rate_bps[row]), int(tenor[row]))
    return level


def _walk(principal: Column, tenor: Column, factor: Column, added: Column) -> Column:
    """Return the principal left before each last instalment, in int64 alone.

    Longest first, so that the loans still running are a prefix; a loan leaves when its time comes.
    """
    longest = int(tenor.max())
    if longest == int(tenor.min()):
        left = principal.copy()
        _step(left, factor, added, longest - 1)
        return left
    order = np.argsort(-tenor, kind="stable")
    left, factor, added, sorted_tenor = principal[order], factor[order], added[order], tenor[order]
    done = 1
    for months in np.unique(tenor).tolist():
        running = int(np.searchsorted(-sorted_tenor, -months, side="right"))
        _step(left[:running], factor[:running], added[:running], months - done)
        done = months
    result = np.empty_like(left)
    result[order] = left
    return result


def _step(left: Column, factor: Column, added: Column, months: int) -> None:
    for _ in range(months):
        np.multiply(left, factor, out=left)
        np.add(left, added, out=left)
        np.floor_divide(left, _DIVISOR, out=left)


def _paid_early(principal: int, rate_bps: int, tenor: int, fee: int) -> Quote:
    """Return the figures of a loan so small that rounding up pays it off before its last row."""
    terms = LoanTerms(principal, rate_bps, tenor, _ANY_DAY, fees=monthly_fee(fee))
    rows = schedule(terms).rows
    paid = tuple(row.total_minor for row in rows)
    irr12_ppm, effective_ppm = figures.of_flows(principal, paid)
    return Quote(
        instalment_minor=paid[0],
        last_minor=paid[-1],
        total_minor=sum(paid),
        cost_minor=sum(paid) - principal,
        irr12_ppm=irr12_ppm,
        effective_ppm=effective_ppm,
    )


def _put(batch: QuoteBatch, row: int, one: Quote) -> None:
    batch.instalment[row], batch.last[row] = one.instalment_minor, one.last_minor
    batch.total[row], batch.cost[row] = one.total_minor, one.cost_minor
    batch.irr12_ppm[row], batch.effective_ppm[row] = one.irr12_ppm, one.effective_ppm


def _check(principal: Column, rate_bps: Column, tenor: Column, fee: Column) -> None:
    if (
        not principal.dtype == rate_bps.dtype == tenor.dtype == fee.dtype == np.int64
        or principal.min() < 1
        or principal.max() > PRINCIPAL_MINOR_MAX
        or rate_bps.min() < 0
        or rate_bps.max() > RATE_BPS_MAX
        or tenor.min() < 1
        or tenor.max() > QUOTE_MONTHS_MAX
        or fee.min() < 0
        or (fee > principal).any()
    ):
        raise _out_of_bounds()


def _out_of_bounds() -> BadTerms:
    return BadTerms(
        f"a quote takes whole numbers: 1..{PRINCIPAL_MINOR_MAX} fen, 0..{RATE_BPS_MAX} bps, "
        f"1..{QUOTE_MONTHS_MAX} months and a monthly fee below the principal"
    )
