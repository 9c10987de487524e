"""Fees, interest in advance and the holiday calendar of a case.

The vectors have none: these words are our own.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from tongtu.kernel.errors import BadInput
from tongtu.kernel.number import decimal_of
from tongtu.terms.model.calendar import HolidayCalendar, Shift
from tongtu.terms.model.fee import Actor, Fee, FeeBasis, FeeTiming
from tongtu.terms.model.prepaid import Prepaid, PrepaidWhen
from tongtu.terms.rules.words.reading import (
    choice_of,
    count_of,
    day_of,
    minor_of,
    refuse_others,
    word_of,
)

_ACTORS = {one.value: one for one in Actor}
_FEE = {"code", "value", "basis", "timing", "payer", "payee"}
_PREPAID = {"payer", "periods", "percent", "when"}
_CALENDAR = {"name", "version", "shift", "weekend", "holidays", "workdays"}


def fees_of(words: object) -> tuple[Fee, ...]:
    """Return the fees; an amount is in yuan, anything else in percent. Raises BadInput."""
    if words is None:
        return ()
    if not isinstance(words, list):
        raise BadInput("fees is a list")
    return tuple(_fee(one) for one in words)


def _fee(words: object) -> Fee:
    if not isinstance(words, dict):
        raise BadInput("a fee is an object")
    refuse_others(words, _FEE, "fees.")
    basis = choice_of(words, "basis", {one.value: one for one in FeeBasis})
    value = word_of(words, "value")
    if basis is FeeBasis.AMOUNT:
        amount = Decimal(minor_of("fees.value", value))
    else:
        amount = decimal_of("fees.value", value)
    return Fee(
        code=str(word_of(words, "code"))[:40],
        value=amount,
        basis=basis,
        timing=choice_of(words, "timing", {one.value: one for one in FeeTiming}),
        payer=choice_of(words, "payer", _ACTORS),
        payee=choice_of(words, "payee", _ACTORS),
    )


def prepaid_of(words: object) -> Prepaid | None:
    """Return how interest is paid in advance, all of a period's where no percent is said.

    Raises BadInput.
    """
    if words is None:
        return None
    if not isinstance(words, dict):
        raise BadInput("prepaid_interest is an object")
    refuse_others(words, _PREPAID, "prepaid_interest.")
    return Prepaid(
        payer=choice_of(words, "payer", _ACTORS),
        periods=count_of(words, "periods"),
        percent=decimal_of("prepaid_interest.percent", words.get("percent", 100)),
        when=choice_of(words, "when", {one.value: one for one in PrepaidWhen}),
    )


def calendar_of(words: object) -> HolidayCalendar | None:
    """Return the holiday calendar; its days off shift due dates. Raises BadInput."""
    if words is None:
        return None
    if not isinstance(words, dict):
        raise BadInput("holiday_calendar is an object")
    refuse_others(words, _CALENDAR, "holiday_calendar.")
    weekend = words.get("weekend", [5, 6])
    if not isinstance(weekend, list) or not all(type(day) is int for day in weekend):
        raise BadInput("holiday_calendar.weekend is a list of week days, Monday is 0")
    return HolidayCalendar(
        name=str(word_of(words, "name"))[:40],
        version=str(word_of(words, "version"))[:40],
        shift=choice_of(words, "shift", {one.value: one for one in Shift}),
        weekend=frozenset(weekend),
        holidays=_days(words, "holidays"),
        workdays=_days(words, "workdays"),
    )


def _days(words: dict[str, object], word: str) -> frozenset[date]:
    listed = words.get(word, [])
    if not isinstance(listed, list):
        raise BadInput(f"holiday_calendar.{word} is a list of dates")
    return frozenset(day_of(f"holiday_calendar.{word}", one) for one in listed)
