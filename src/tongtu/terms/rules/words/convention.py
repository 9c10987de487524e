"""Method, day count, accrual, frequency and rounding, in the two vocabularies of cases.

One names its conventions (`method`, `day_count`); the other describes a schedule engine by its
settings (`schedule_engine`, `days_in_year`, …).
"""

from __future__ import annotations

from dataclasses import dataclass

from tongtu.kernel.errors import BadInput
from tongtu.terms.model.convention import (
    Accrual,
    DayCount,
    Every,
    LastRule,
    LeapRule,
    Method,
    Rounding,
    RoundingMode,
    Unit,
)
from tongtu.terms.rules.words.reading import (
    Words,
    choice_of,
    count_of,
    flag_of,
    minor_of,
    refuse_others,
    word_of,
)

# What published progressive schedules are computed in, where a case does not say.
DIGITS_DEFAULT = 12
NAMED = {"method", "day_count"}
ENGINE = {
    "schedule_engine", "interest_method", "amortization", "interest_calculation_period",
    "days_in_year", "days_in_month", "days_in_year_custom_strategy",
    "allow_partial_period_interest", "interest_recognition_on_disbursement_date",
}  # fmt: skip
_METHODS = {
    "equal_instalments": Method.EQUAL_INSTALMENT,
    "equal_principal": Method.EQUAL_PRINCIPAL,
    "interest_only": Method.INTEREST_ONLY,
    "flat": Method.FLAT,
}
_AMORTISED = {name: _METHODS[name] for name in ("equal_instalments", "equal_principal")}
_IS_FLAT = {"flat": True, "declining_balance": False}
_IS_BY_PERIOD = {"daily": False, "same_as_repayment_period": True}
_IS_PROGRESSIVE = {"progressive": True, "cumulative": False}
_DAY_COUNTS = {
    **{one.value: one for one in DayCount},
    "ACT/ACT": DayCount.ACT_ACT_ISDA,
    "one twelfth of the annual rate per month": DayCount.MONTHLY,
}
_COUNTED = {
    ("360", "30"): DayCount.MONTHLY,
    ("364", "30"): DayCount.MONTHLY_364,
    ("365", "30"): DayCount.MONTHLY_365,
    ("ACTUAL", "30"): DayCount.MONTHLY_ACT,
    ("360", "ACTUAL"): DayCount.ACT_360,
    ("364", "ACTUAL"): DayCount.ACT_364,
    ("365", "ACTUAL"): DayCount.ACT_365F,
    ("ACTUAL", "ACTUAL"): DayCount.ACT_ACT,
}
_MODES = {one.value: one for one in RoundingMode}
_LEAPS = {one.value: one for one in LeapRule}
_LAST = {
    "takes the remaining principal; no evening-out": LastRule.TAKES_PRINCIPAL,
    "takes the remaining principal and interest; no evening-out": LastRule.TAKES_ALL,
    "evened out": LastRule.EVENED_OUT,
}
_ROUNDING = {
    "currency_decimals", "mode", "last_instalment", "instalment_multiple_of",
    "math_context_digits",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Convention:
    """How these terms count and round."""

    method: Method
    day_count: DayCount
    accrual: Accrual
    rounding: Rounding


def every_of(inputs: Words) -> Every:
    """Return how often an instalment is due."""
    unit = choice_of(inputs, "repay_unit", {one.value: one for one in Unit})
    days = inputs.get("semi_monthly_due_days")
    if days is not None and not (
        isinstance(days, list) and len(days) == 2 and all(type(day) is int for day in days)
    ):
        raise BadInput("semi_monthly_due_days are two days of a month")
    if days is not None and unit is not Unit.SEMI_MONTHLY:
        raise BadInput(f"semi_monthly_due_days is not supported with repay_unit {unit}")
    if days is None and unit is Unit.SEMI_MONTHLY:
        raise BadInput("semi_monthly_due_days is missing")
    pair = None if days is None else (min(days), max(days))
    return Every(count_of(inputs, "repay_every"), unit, pair)


def convention_of(inputs: Words, every: Every) -> Convention:
    """Return the convention in whichever vocabulary the case uses. Raises BadInput."""
    if "method" in inputs:
        return Convention(
            choice_of(inputs, "method", _METHODS),
            choice_of(inputs, "day_count", _DAY_COUNTS),
            Accrual(),
            _rounding(inputs, digits=None, last=LastRule.TAKES_PRINCIPAL),
        )
    # Allocation by due date is known to the progressive engine only, whatever the case calls it.
    is_progressive = choice_of(inputs, "schedule_engine", _IS_PROGRESSIVE) or (
        inputs.get("allocation_strategy") == "ADVANCED_PAYMENT_ALLOCATION"
    )
    is_flat = choice_of(inputs, "interest_method", _IS_FLAT)
    amortised = choice_of(inputs, "amortization", _AMORTISED)
    accrual = _accrual(inputs, is_progressive=is_progressive)
    if is_progressive:
        rounding = _rounding(inputs, digits=DIGITS_DEFAULT, last=LastRule.EVENED_OUT)
    else:
        rounding = _rounding(inputs, digits=None, last=LastRule.TAKES_ALL)
    method = Method.FLAT if is_flat else amortised
    return Convention(method, _day_count(inputs, every), accrual, rounding)


def _accrual(inputs: Words, *, is_progressive: bool) -> Accrual:
    by_period = choice_of(inputs, "interest_calculation_period", _IS_BY_PERIOD)
    is_partial = flag_of(inputs, "allow_partial_period_interest", default=True)
    from_start = flag_of(inputs, "interest_recognition_on_disbursement_date", default=False)
    leap = LeapRule.FULL_YEAR
    if inputs.get("days_in_year_custom_strategy") is not None:
        leap = choice_of(inputs, "days_in_year_custom_strategy", _LEAPS)
    return Accrual(
        by_period=by_period,
        is_pro_rata=is_partial or not by_period,
        is_day_end=is_progressive and not from_start,
        leap=leap,
        is_level_nominal=not is_progressive,
    )


def _day_count(inputs: Words, every: Every) -> DayCount:
    year, month = (str(word_of(inputs, word)) for word in ("days_in_year", "days_in_month"))
    if month == "any":
        # It does not matter where a period is a number of days whatever the month is taken for.
        if every.unit not in {Unit.DAYS, Unit.WEEKS}:
            raise BadInput(f'days_in_month "any" is not supported with repay_unit {every.unit}')
        month = "ACTUAL"
    found = _COUNTED.get((year, month))
    if found is None:
        raise BadInput(f"days_in_year {year} with days_in_month {month} is not supported")
    return found


def _rounding(inputs: Words, *, digits: int | None, last: LastRule) -> Rounding:
    words = word_of(inputs, "rounding")
    if not isinstance(words, dict):
        raise BadInput("rounding is an object")
    refuse_others(words, _ROUNDING, "rounding.")
    if words.get("currency_decimals", 2) != 2:
        raise BadInput("rounding.currency_decimals other than 2 is not supported")
    if "last_instalment" in words:
        last = choice_of(words, "last_instalment", _LAST)
    multiple = words.get("instalment_multiple_of")
    return Rounding(
        mode=choice_of(words, "mode", _MODES),
        digits=count_of(words, "math_context_digits", digits)
        if words.get("math_context_digits") is not None
        else digits,
        multiple_minor=1 if multiple is None else minor_of("instalment_multiple_of", multiple),
        last=last,
    )
