"""When the amounts of a cash flow fall, in the unit of time each convention counts.

A time is (units, part): interest compounds over the units and is simple over the part, which
only Regulation Z has.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from fractions import Fraction

from tongtu.terms.model.fault import BadFlows
from tongtu.terms.model.flow import Days, Flow, UnitPeriods, Years
from tongtu.terms.rules.unit_period import Series, elapsed, unit_period

Times = list[tuple[Fraction, Fraction]]
_MONTHS_A_YEAR = 12
_YEAR_DAYS_OF_THE_UNION = Fraction(365)
_NONE = Fraction()


def by_period(flows: Sequence[Flow]) -> Times:
    """Return whole period numbers as they stand."""
    found = [flow.at for flow in flows if isinstance(flow.at, int)]
    if len(found) != len(flows):
        raise BadFlows("this method takes flows at whole period numbers")
    return [(Fraction(at), _NONE) for at in found]


def in_years(flows: Sequence[Flow], year_days: Fraction) -> Times:
    """Return years by a day count: dates and days over `year_days`, years as they stand."""
    return _as_years(flows, year_days, lambda start, day: (day - start).days / year_days)


def in_years_of_the_union(flows: Sequence[Flow]) -> Times:
    """Return years as Directive 2014/17/EU, Annex I (and 2008/48/EC as amended) counts them.

    Equal months are counted back from the later date; the days left are divided by the 365 or
    366 days of the year that ends on the last of them. Period numbers are equal months.
    """
    months = [
        Flow(Years(Fraction(flow.at, _MONTHS_A_YEAR)), flow.amount)
        if isinstance(flow.at, int)
        else flow
        for flow in flows
    ]
    return _as_years(months, _YEAR_DAYS_OF_THE_UNION, _equal_months)


def in_unit_periods(flows: Sequence[Flow]) -> tuple[Times, Fraction]:
    """Return times in unit periods, and how many of these a year has (Regulation Z)."""
    if all(isinstance(flow.at, UnitPeriods) for flow in flows):
        return _told(flows)
    days = _dates(flows)
    if len(days) != len(flows):
        raise BadFlows("this method takes flows at dates, or all at unit periods")
    start = min(days)
    advances = sorted(day for day, flow in zip(days, flows, strict=True) if flow.amount > 0)
    payments = [day for day, flow in zip(days, flows, strict=True) if flow.amount < 0]
    payments = sorted(day for day in payments if day > start)
    if not advances or not payments or advances[0] != start:
        raise BadFlows("an advance comes first, and payments after it")
    unit, series = unit_period(advances, payments), Series.of(sorted(set(payments)))
    spans = [elapsed(start, day, unit, series) for day in days]
    return [(Fraction(whole), part) for whole, part in spans], unit.per_year


def _told(flows: Sequence[Flow]) -> tuple[Times, Fraction]:
    found = [flow.at for flow in flows if isinstance(flow.at, UnitPeriods)]
    if len({at.per_year for at in found}) != 1:
        raise BadFlows("one cash flow has one unit period")
    return [(Fraction(at.whole), Fraction(at.part)) for at in found], Fraction(found[0].per_year)


def _as_years(
    flows: Sequence[Flow], year_days: Fraction, between: Callable[[date, date], Fraction]
) -> Times:
    dates = _dates(flows)
    if dates:
        if len(dates) != len(flows):
            raise BadFlows("either every flow has a date or none has")
        return [(between(min(dates), day), _NONE) for day in dates]
    return [(_years(flow, year_days), _NONE) for flow in flows]


def _years(flow: Flow, year_days: Fraction) -> Fraction:
    if isinstance(flow.at, Days):
        return flow.at.count / year_days
    if isinstance(flow.at, Years):
        return Fraction(flow.at.count)
    raise BadFlows("this method takes flows at dates, days or years")


def _equal_months(start: date, day: date) -> Fraction:
    series = Series(None)
    months, odd = series.months(start, day)
    last = series.back(day, months)
    year = (last - series.back(last, _MONTHS_A_YEAR)).days
    return Fraction(months, _MONTHS_A_YEAR) + Fraction(odd, year)


def _dates(flows: Sequence[Flow]) -> list[date]:
    return [flow.at for flow in flows if isinstance(flow.at, date)]
