"""Working days since a case was opened, as the clocks of the law count them."""

from __future__ import annotations

from datetime import date

import pytest

from tongtu.policy.api import Pack

PACK = Pack.load("cn/2026.08")


@pytest.mark.parametrize(
    ("first", "last", "days"),
    [
        (date(2026, 11, 24), date(2026, 11, 24), 0),
        (date(2026, 11, 24), date(2026, 11, 27), 3),  # Tuesday to Friday
        (date(2026, 11, 24), date(2026, 11, 29), 3),  # the weekend does not count
        (date(2026, 11, 24), date(2026, 11, 30), 4),
        (date(2026, 11, 28), date(2026, 11, 29), 0),
        (date(2026, 11, 30), date(2026, 11, 24), 0),  # nothing lies after it
        (date(2020, 1, 1), date(2026, 11, 24), 250),  # beyond the bound nobody counts
    ],
)
def test_working_days_are_counted_after_the_first_day_through_the_last(first, last, days):
    assert PACK.working_days(first, last) == days


def test_a_count_of_working_days_is_the_way_back_of_the_day_after_so_many():
    opened = date(2026, 9, 25)  # across the days off of October

    assert [PACK.working_days(opened, PACK.working_days_after(opened, n)) for n in range(15)] == [
        *range(15)
    ]
