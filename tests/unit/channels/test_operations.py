"""A closed day says how many balances its proof compared, over all cells."""

from datetime import date

from tongtu.channels.rest.operations import DayClosed, _by_day
from tongtu.servicing.api import ClosedDay, Line

FIRST, SECOND = date(2026, 11, 24), date(2026, 11, 25)


def _line(lender, product, loans):
    return Line(lender, product, loans, 1, 1, 1, 5, 2)


def test_each_day_is_one_line_and_counts_three_balances_a_lender_and_product_and_cell():
    both = (_line(1, "consumer_cash", 2), _line(2, "goods_instalment", 1))
    closed = [
        ClosedDay(SECOND, 3, 14, both),
        ClosedDay(FIRST, 3, 14, both),
        ClosedDay(FIRST, 2, 7, (_line(1, "consumer_cash", 2),)),
    ]

    assert _by_day(closed) == [
        DayClosed(FIRST, 5, 21, 9, 0, "ok"),
        DayClosed(SECOND, 3, 14, 6, 0, "ok"),
    ]


def test_a_day_without_books_says_that_nothing_was_compared():
    assert _by_day([ClosedDay(FIRST, 0, 0, ())]) == [DayClosed(FIRST, 0, 0, 0, 0, "ok")]
