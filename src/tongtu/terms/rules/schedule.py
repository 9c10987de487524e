"""The one schedule: quote, contract and loan all take their instalments from here.

Every part is rounded half up to the fen; the last instalment takes the rest.
"""

from __future__ import annotations

import math

from tongtu.kernel.money import divide_half_up
from tongtu.kernel.rate import BPS_PER_ONE
from tongtu.terms.model import Instalment, LoanTerms, Method, Schedule
from tongtu.terms.rules.calendar import due_date, part_of_year

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


def schedule(terms: LoanTerms) -> Schedule:
    """Return the instalments of a loan that is paid as agreed."""
    level = _level(terms)
    left = terms.principal_minor
    before = terms.start
    rows: list[Instalment] = []
    for nr in range(1, terms.tenor_months + 1):
        due = due_date(terms.start, nr)
        numerator, denominator = part_of_year(terms.day_count, before, due)
        owed = terms.principal_minor if terms.method is Method.FLAT else left
        interest = divide_half_up(owed * terms.rate_bps * numerator, BPS_PER_ONE * denominator)
        principal = left
        if nr < terms.tenor_months:
            part = level - interest if terms.method is Method.EQUAL_INSTALMENT else level
            principal = min(part, left)
        left -= principal
        rows.append(
            Instalment(
                nr=nr,
                due_date=due,
                principal_minor=principal,
                interest_minor=interest,
                fee_minor=terms.fee_minor_monthly,
                total_minor=principal + interest + terms.fee_minor_monthly,
                outstanding_minor=left,
            )
        )
        before = due
    return Schedule(tuple(rows))


def _level(terms: LoanTerms) -> int:
    """Return what stays level: the instalment, or its principal part."""
    if terms.method is Method.EQUAL_INSTALMENT:
        return level_instalment(terms.principal_minor, terms.rate_bps, terms.tenor_months)
    if terms.method is Method.INTEREST_ONLY:
        return 0
    return divide_half_up(terms.principal_minor, terms.tenor_months)
