"""The words of a case (amounts in yuan, rates in percent) to terms and disbursements.

A word that is unknown, or that these terms cannot honour exactly, is named and refused. Only words
that cannot change a schedule without payments are passed over, and they are listed here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from tongtu.kernel.errors import BadInput
from tongtu.kernel.number import decimal_of
from tongtu.terms.model.convention import Grace, MonthEnd
from tongtu.terms.model.fee import monthly_fee
from tongtu.terms.model.loan_terms import LoanTerms
from tongtu.terms.model.schedule import Disbursement
from tongtu.terms.rules.words.convention import ENGINE, NAMED, convention_of, every_of
from tongtu.terms.rules.words.extra import calendar_of, fees_of, prepaid_of
from tongtu.terms.rules.words.reading import (
    Words,
    choice_of,
    count_of,
    day_of,
    flag_of,
    minor_of,
    refuse_others,
    word_of,
)

# They say what happens to payments, or where the case comes from.
_PASSED_OVER = {
    "allocation_strategy", "payment_allocation", "payment_allocation_order", "credit_allocation",
    "schedule_processing", "down_payment_auto_paid", "interest_recalculation", "recalculation",
    "source_product",
}  # fmt: skip
_SHARED = {
    "principal_applied", "annual_rate_percent", "number_of_instalments", "repay_every",
    "repay_unit", "semi_monthly_due_days", "month_end_due_date_strategy", "disbursements",
    "rounding", "grace_principal_periods", "grace_interest_payment_periods",
    "down_payment_percent", "schedule_start", "submitted_on", "term", "term_unit",
    "multi_disburse", "repayment_kind", "balloon_amount", "monthly_fee", "fees",
    "holiday_calendar", "prepaid_interest",
}  # fmt: skip
_MONTH_ENDS = {
    **{one.value: one for one in MonthEnd},
    **{f"{one.value}, seed day kept": one for one in MonthEnd},
}
_BULLET = "bullet_interest_only"


@dataclass(frozen=True, slots=True)
class Case:
    """Terms and what is planned to be paid out; none planned is the principal at the start."""

    terms: LoanTerms
    disbursements: tuple[Disbursement, ...]


def case_of(inputs: Words, start: date | None = None) -> Case:
    """Return the terms and disbursements that the words of a case mean.

    The schedule starts on `schedule_start`, else on the given start, else with the first
    disbursement, else when the loan was submitted.

    Raises:
        BadInput: a word is missing, unknown or not supported; the message names it.
    """
    refuse_others(inputs, _SHARED | _PASSED_OVER | (NAMED if "method" in inputs else ENGINE))
    paid_out = _disbursements(inputs)
    every = every_of(inputs)
    how = convention_of(inputs, every)
    month_end = MonthEnd.CLAMP
    if inputs.get("month_end_due_date_strategy") is not None:
        month_end = choice_of(inputs, "month_end_due_date_strategy", _MONTH_ENDS)
    terms = LoanTerms(
        principal_minor=minor_of("principal_applied", word_of(inputs, "principal_applied")),
        rate_bps=_rate_bps(inputs),
        instalments=count_of(inputs, "number_of_instalments"),
        start=_start(inputs, start, paid_out),
        method=how.method,
        day_count=how.day_count,
        every=every,
        accrual=how.accrual,
        rounding=how.rounding,
        grace=Grace(
            count_of(inputs, "grace_principal_periods", 0),
            count_of(inputs, "grace_interest_payment_periods", 0),
        ),
        month_end=month_end,
        down_payment_percent=decimal_of(
            "down_payment_percent", _or_0(inputs, "down_payment_percent")
        ),
        balloon_minor=_amount(inputs, "balloon_amount"),
        calendar=calendar_of(inputs.get("holiday_calendar")),
        fees=(*monthly_fee(_amount(inputs, "monthly_fee")), *fees_of(inputs.get("fees"))),
        prepaid=prepaid_of(inputs.get("prepaid_interest")),
    )
    _agree(inputs, terms, paid_out)
    return Case(terms, paid_out)


def _rate_bps(inputs: Words) -> int | Decimal:
    percent = decimal_of("annual_rate_percent", word_of(inputs, "annual_rate_percent"))
    bps = percent * 100
    return int(bps) if bps == int(bps) else bps.normalize()


def _amount(inputs: Words, word: str) -> int:
    return minor_of(word, _or_0(inputs, word))


def _percent(inputs: Words, word: str) -> Decimal:
    return decimal_of(word, _or_0(inputs, word))


def _or_0(inputs: Words, word: str) -> object:
    value = inputs.get(word)
    return 0 if value is None else value


def _start(inputs: Words, start: date | None, paid_out: tuple[Disbursement, ...]) -> date:
    if inputs.get("schedule_start") is not None:
        return day_of("schedule_start", inputs["schedule_start"])
    if start is not None:
        return start
    if paid_out:
        return min(one.date for one in paid_out)
    return day_of("submitted_on", word_of(inputs, "submitted_on"))


def _disbursements(inputs: Words) -> tuple[Disbursement, ...]:
    listed = inputs.get("disbursements")
    if listed is None:
        return ()
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        raise BadInput("disbursements is a list of objects")
    found = []
    for one in listed:
        refuse_others(one, {"date", "amount"}, "disbursements.")
        day = day_of("disbursements.date", word_of(one, "date"))
        found.append(Disbursement(day, minor_of("disbursements.amount", word_of(one, "amount"))))
    return tuple(found)


def _agree(inputs: Words, terms: LoanTerms, paid_out: tuple[Disbursement, ...]) -> None:
    """Refuse words that repeat others and do not agree with them."""
    if inputs.get("term") is not None:
        length = terms.instalments * terms.every.count
        if inputs["term"] != length or inputs.get("term_unit") != terms.every.unit.value:
            raise BadInput("term is not number_of_instalments times repay_every")
    if not flag_of(inputs, "multi_disburse", default=True) and len(paid_out) > 1:
        raise BadInput("disbursements: several are not supported with multi_disburse false")
    kind = inputs.get("repayment_kind")
    if kind is not None and (kind != _BULLET or terms.grace.principal != terms.instalments - 1):
        raise BadInput(f"repayment_kind {kind!r:.40} is not supported with these grace periods")
