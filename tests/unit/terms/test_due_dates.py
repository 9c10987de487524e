"""When instalments fall due: frequencies, month ends, holidays."""

import json
from dataclasses import replace
from datetime import date

import pytest

from tongtu.terms.api import (
    BadTerms,
    Every,
    HolidayCalendar,
    LoanTerms,
    MonthEnd,
    Shift,
    Unit,
    periods,
    schedule,
)


def dues(start, count, every=None, **more):
    terms = LoanTerms(100_000, 1200, count, start, every=every or Every(), **more)
    return [period.due.isoformat() for period in periods(terms)]


@pytest.mark.parametrize(
    ("every", "expected"),
    [
        (Every(15, Unit.DAYS), ["2024-02-15", "2024-03-01", "2024-03-16"]),
        (Every(2, Unit.WEEKS), ["2024-02-14", "2024-02-28", "2024-03-13"]),
        (Every(1, Unit.MONTHS), ["2024-02-29", "2024-03-31", "2024-04-30"]),
        (Every(3, Unit.MONTHS), ["2024-04-30", "2024-07-31", "2024-10-31"]),
        (Every(1, Unit.YEARS), ["2025-01-31", "2026-01-31", "2027-01-31"]),
        (
            Every(1, Unit.SEMI_MONTHLY, (15, 31)),
            ["2024-02-15", "2024-02-29", "2024-03-15"],
        ),
    ],
)
def test_a_frequency_counts_from_the_seed(every, expected):
    assert dues(date(2024, 1, 31), 3, every) == expected


def test_29_february_is_kept_as_a_seed_over_the_years():
    assert dues(date(2024, 2, 29), 4, Every(1, Unit.YEARS)) == [
        "2025-02-28",
        "2026-02-28",
        "2027-02-28",
        "2028-02-29",
    ]


def test_a_missing_half_month_day_rolls_where_the_terms_say_so():
    found = dues(
        date(2025, 2, 10), 4, Every(1, Unit.SEMI_MONTHLY, (15, 30)), month_end=MonthEnd.ROLL
    )

    assert found == ["2025-02-15", "2025-03-01", "2025-03-15", "2025-03-30"]


SPRING_FESTIVAL = frozenset(date(2026, 2, day) for day in range(15, 24))


@pytest.mark.parametrize(
    ("shift", "expected"),
    [
        (Shift.FOLLOWING, ["2026-01-19", "2026-02-24", "2026-03-17", "2026-04-17"]),
        (Shift.PRECEDING, ["2026-01-16", "2026-02-14", "2026-03-17", "2026-04-17"]),
    ],
)
def test_a_due_date_on_a_day_off_moves_and_the_next_keeps_the_seed(shift, expected):
    # 17 January 2026 is a Saturday; Saturday 14 February is worked instead of the festival.
    calendar = HolidayCalendar(
        "CN", "2026.1", shift, holidays=SPRING_FESTIVAL, workdays=frozenset({date(2026, 2, 14)})
    )

    assert dues(date(2025, 12, 17), 4, calendar=calendar) == expected


def test_a_calendar_published_later_moves_no_date_of_a_loan_that_keeps_its_own():
    first = HolidayCalendar("CN", "2026.1", Shift.FOLLOWING)
    later = replace(first, version="2026.2", holidays=SPRING_FESTIVAL)
    signed = LoanTerms(100_000, 1200, 3, date(2025, 12, 17), calendar=first)

    kept = LoanTerms.from_json(json.loads(json.dumps(signed.to_json())))

    assert kept.calendar is not None
    assert (kept.calendar.version, schedule(kept)) == ("2026.1", schedule(signed))
    dates = [row.due_date for row in schedule(replace(signed, calendar=later)).rows]
    assert dates[1] == date(2026, 2, 24)
    assert schedule(kept).rows[1].due_date == date(2026, 2, 17)


def test_modified_following_stays_in_the_month():
    calendar = HolidayCalendar("CN", "2026.1", Shift.MODIFIED_FOLLOWING)

    assert dues(date(2025, 12, 31), 1, calendar=calendar) == ["2026-01-30"]


def test_a_calendar_that_leaves_no_day_between_two_instalments_is_refused():
    calendar = HolidayCalendar("CN", "2026.1")
    terms = LoanTerms(100_000, 1200, 7, date(2026, 1, 5), every=Every(1, Unit.DAYS))

    with pytest.raises(BadTerms):
        schedule(replace(terms, calendar=calendar))
    assert len(schedule(terms).rows) == 7


@pytest.mark.parametrize(
    "wrong",
    [
        {"version": ""},
        {"weekend": frozenset(range(7))},
        {"weekend": frozenset({7})},
        {"holidays": SPRING_FESTIVAL, "workdays": SPRING_FESTIVAL},
    ],
)
def test_a_calendar_that_makes_no_sense_is_refused(wrong):
    with pytest.raises(BadTerms):
        HolidayCalendar(**({"name": "CN", "version": "2026.1"} | wrong))


@pytest.mark.parametrize(
    ("count", "unit", "days"),
    [
        (0, Unit.DAYS, None),
        (1, Unit.SEMI_MONTHLY, None),
        (1, Unit.MONTHS, (1, 15)),
        (2, Unit.SEMI_MONTHLY, (1, 15)),
        (1, Unit.SEMI_MONTHLY, (15, 15)),
        (1, Unit.SEMI_MONTHLY, (29, 31)),
    ],
)
def test_a_frequency_that_makes_no_sense_is_refused(count, unit, days):
    with pytest.raises(BadTerms):
        Every(count, unit, days)


def test_a_loan_longer_than_its_bound_is_refused():
    with pytest.raises(BadTerms):
        LoanTerms(100_000, 1200, 61, date(2026, 1, 5), every=Every(1, Unit.YEARS))
