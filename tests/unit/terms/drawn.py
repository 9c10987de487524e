"""Terms and disbursements drawn from all that the model allows."""

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import assume
from hypothesis import strategies as st

from tongtu.terms.api import (
    Accrual,
    Actor,
    BadTerms,
    DayCount,
    Disbursement,
    Every,
    Fee,
    FeeBasis,
    FeeTiming,
    Grace,
    HolidayCalendar,
    LastRule,
    LeapRule,
    LoanTerms,
    Method,
    MonthEnd,
    Rounding,
    RoundingMode,
    Shift,
    Unit,
    periods,
)

days = st.dates(date(2019, 1, 1), date(2030, 12, 31))
rates = st.one_of(
    st.integers(0, 10_000),
    st.decimals(0, 3_600, places=4, allow_nan=False, allow_infinity=False),
)


@st.composite
def everies(draw):
    unit = draw(st.sampled_from(Unit))
    if unit is Unit.SEMI_MONTHLY:
        first = draw(st.integers(1, 28))
        return Every(1, unit, (first, draw(st.integers(first + 1, 31))))
    longest = {Unit.DAYS: 15, Unit.YEARS: 2}.get(unit, 3)
    return Every(draw(st.integers(1, longest)), unit)


@st.composite
def calendars(draw):
    off = draw(st.frozensets(days, max_size=20))
    return HolidayCalendar("CN", "2026.1", draw(st.sampled_from(Shift)), holidays=off)


@st.composite
def roundings(draw):
    digits = draw(st.sampled_from([None, 12, 19]))
    rules = [one for one in LastRule if digits is not None or one is not LastRule.EVENED_OUT]
    return Rounding(
        draw(st.sampled_from(RoundingMode)),
        digits,
        draw(st.sampled_from([1, 1, 10, 100])),
        draw(st.sampled_from(rules)),
    )


@st.composite
def fees(draw):
    basis = draw(st.sampled_from([FeeBasis.AMOUNT, FeeBasis.DISBURSED]))
    return Fee(
        draw(st.sampled_from(["service", "guarantee"])),
        Decimal(draw(st.integers(0, 5))),
        basis,
        draw(st.sampled_from(FeeTiming)),
        payer=draw(st.sampled_from([Actor.BORROWER, Actor.LENDER])),
    )


@st.composite
def terms(draw, **fixed):
    count = draw(st.integers(1, 30))
    method = draw(st.sampled_from(Method))
    principal = draw(st.one_of(st.integers(1, 500), st.integers(1, 30_000_000)))
    balloon = 0 if method is Method.FLAT else draw(st.sampled_from([0, 0, principal // 3]))
    grace = Grace(
        draw(st.integers(0, count - 1)) if draw(st.booleans()) else 0,
        draw(st.integers(0, count - 1)) if draw(st.booleans()) and method is not Method.FLAT else 0,
    )
    drawn = {
        "principal_minor": principal,
        "rate_bps": draw(rates),
        "instalments": count,
        "start": draw(days),
        "method": method,
        "day_count": draw(st.sampled_from(DayCount)),
        "every": draw(everies()),
        "accrual": Accrual(
            by_period=draw(st.booleans()),
            is_pro_rata=draw(st.booleans()),
            is_day_end=draw(st.booleans()),
            leap=draw(st.sampled_from(LeapRule)),
            is_level_nominal=draw(st.booleans()),
        ),
        "rounding": draw(roundings()),
        "grace": grace,
        "month_end": draw(st.sampled_from(MonthEnd)),
        "down_payment_percent": draw(st.sampled_from([Decimal(0), Decimal(25), Decimal("12.5")])),
        "balloon_minor": balloon,
        "calendar": draw(st.none() | calendars()),
        "fees": tuple(draw(st.lists(fees(), max_size=2, unique_by=lambda fee: fee.code))),
    }
    try:
        made = LoanTerms(**(drawn | fixed))
        periods(made)
    except BadTerms as refused:
        assume("no day between" not in refused.detail)
        raise
    return made


@st.composite
def payouts(draw, made):
    """Disbursements within the loan that come to at most its principal."""
    last = periods(made)[-1].due
    left, found = made.principal_minor, []
    for _ in range(draw(st.integers(1, 4))):
        if left:
            amount = draw(st.integers(1, left))
            day = made.start + timedelta(draw(st.integers(0, (last - made.start).days)))
            found.append(Disbursement(day, amount))
            left -= amount
    return tuple(found)
