"""Until which day a contract may be withdrawn from, by the law and the lender's own promise."""

from __future__ import annotations

from datetime import date

import pytest

from tongtu.journey.withdrawal import WINDOW_DAYS_MAX, last_day
from tongtu.policy.api import Pack

SIGNED = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("law", "granted", "until"),
    [
        ("cn/2026.08", 0, None),
        ("cn/2026.08", 1, SIGNED),  # the day of signing is the first
        ("cn/2026.08", 7, date(2026, 11, 30)),
        ("eu/2026.11", 0, date(2026, 12, 8)),  # fourteen days after it
        ("eu/2026.11", 30, date(2026, 12, 23)),  # the lender's thirty, that of signing counted
        ("eu/2026.11", 7, date(2026, 12, 8)),  # the law's are more
        ("us/2026.01", 0, None),  # no rule is no right by law
        ("us/2026.01", 30, date(2026, 12, 23)),  # what the paper grants holds
    ],
)
def test_the_days_of_the_law_and_of_the_lender(law, granted, until):
    assert last_day(Pack.load(law), SIGNED, granted, SIGNED) == until


def test_no_window_is_longer_than_its_bound():
    until = last_day(Pack.load("cn/2026.08"), SIGNED, 10_000, SIGNED)

    assert (until - SIGNED).days == WINDOW_DAYS_MAX - 1
