"""How time is counted, how often is paid, how is rounded: each is a term of the loan."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tongtu.terms.model.fault import BadTerms, bounded

EVERY_MAX = 366
# Twelve digits are the narrowest that published schedules use; 34 are IEEE decimal128.
DIGITS_MIN, DIGITS_MAX = 12, 34
MULTIPLE_MINOR_MAX = 1_000_000


class Method(StrEnum):
    """How principal and interest are spread over the instalments."""

    EQUAL_INSTALMENT = "equal_instalment"
    EQUAL_PRINCIPAL = "equal_principal"
    INTEREST_ONLY = "interest_only"
    FLAT = "flat"


class DayCount(StrEnum):
    """The part of a year some days are.

    `30/…` counts a whole month as 30 days (a week as 7, a day as 1) whatever the calendar says and
    a broken period by its days; `ACT/ACT` takes each day by the length of its own year.
    """

    MONTHLY = "30/360"
    MONTHLY_364 = "30/364"
    MONTHLY_365 = "30/365"
    MONTHLY_ACT = "30/ACT"
    ACT_360 = "ACT/360"
    ACT_364 = "ACT/364"
    ACT_365F = "ACT/365F"
    ACT_ACT = "ACT/ACT"
    ACT_ACT_ISDA = "ACT/ACT ISDA"
    BOND_30_360 = "30/360 bond basis"
    EURO_30E_360 = "30E/360"


class LeapRule(StrEnum):
    """Which days count as 1/366 of a year where a year is its actual length."""

    FULL_YEAR = "FULL_LEAP_YEAR"
    FEB_29_PERIOD = "FEB_29_PERIOD_ONLY"


class Unit(StrEnum):
    """What an instalment period is counted in."""

    DAYS = "DAYS"
    WEEKS = "WEEKS"
    SEMI_MONTHLY = "SEMI_MONTHLY"
    MONTHS = "MONTHS"
    YEARS = "YEARS"


class MonthEnd(StrEnum):
    """Where an instalment falls in a month that lacks the seed's day."""

    CLAMP = "LAST_DAY_OF_MONTH"
    ROLL = "FIRST_DAY_OF_NEXT_MONTH"


class RoundingMode(StrEnum):
    """How an amount becomes whole minor units."""

    HALF_UP = "HALF_UP"
    HALF_EVEN = "HALF_EVEN"
    HALF_DOWN = "HALF_DOWN"
    UP = "UP"
    DOWN = "DOWN"
    CEILING = "CEILING"
    FLOOR = "FLOOR"


class LastRule(StrEnum):
    """What the last instalment does with the pennies that rounding left.

    Where it takes all, a flat loan's interest is agreed as one sum, and a later disbursement raises
    the level principal by its part of the whole term: the last instalment takes what was missed.
    """

    TAKES_PRINCIPAL = "takes_principal"
    TAKES_ALL = "takes_principal_and_interest"
    EVENED_OUT = "evened_out"


@dataclass(frozen=True, slots=True)
class Every:
    """One instalment every `count` units. `days` are the two days of a semi-monthly loan."""

    count: int = 1
    unit: Unit = Unit.MONTHS
    days: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        bounded("repay_every", self.count, 1, EVERY_MAX)
        if (self.days is not None) != (self.unit is Unit.SEMI_MONTHLY):
            raise BadTerms("a semi-monthly loan, and no other, names its two days")
        if self.days is not None:
            first, second = self.days
            bounded("semi_monthly_due_days", first, 1, 28)
            bounded("semi_monthly_due_days", second, first + 1, 31)
            if self.count != 1:
                raise BadTerms("a semi-monthly loan repays every 1")


@dataclass(frozen=True, slots=True)
class Accrual:
    """How interest runs beside the day count.

    `by_period`: a month is 1/12 of a year and a week 1/52, whatever their days.
    `is_pro_rata`: what is paid out within a period bears interest for its own days only; otherwise
    as if paid out when the period began.
    `is_day_end`: a day's interest lies between the day before and the day, so 31 December to
    1 January belongs to the new year (and to the new rate).
    `is_level_nominal`: the equal instalment takes the loan's first period as the nominal one of
    all, and only the interest goes by each period's own days.
    """

    by_period: bool = False
    is_pro_rata: bool = True
    is_day_end: bool = False
    leap: LeapRule = LeapRule.FULL_YEAR
    is_level_nominal: bool = False


@dataclass(frozen=True, slots=True)
class Rounding:
    """How figures become money. `digits` None is exact; otherwise each step keeps so many digits.

    `multiple_minor`: an instalment is a whole multiple of it (100: whole yuan).
    """

    mode: RoundingMode = RoundingMode.HALF_UP
    digits: int | None = None
    multiple_minor: int = 1
    last: LastRule = LastRule.TAKES_PRINCIPAL

    def __post_init__(self) -> None:
        if self.digits is not None:
            bounded("digits", self.digits, DIGITS_MIN, DIGITS_MAX)
        bounded("multiple_minor", self.multiple_minor, 1, MULTIPLE_MINOR_MAX)


@dataclass(frozen=True, slots=True)
class Grace:
    """The first periods in which principal, or interest, is not yet asked for."""

    principal: int = 0
    interest: int = 0


class PaymentOrder(StrEnum):
    """What a payment of a loan pays first of what is due; agreed with the loan, never changed."""

    OLDEST_FIRST = "oldest_first"  # instalment by instalment: fee, interest, principal
    INTEREST_FIRST = "interest_first"  # fee and interest of all that is due, then its principal
    PRINCIPAL_FIRST = "principal_first"  # instalment by instalment: principal, interest, fee
