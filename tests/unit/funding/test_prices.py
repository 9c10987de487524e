"""Sweeps the whole grid with the product's own quotes: every cell, every term, edge amounts."""

from itertools import pairwise

import numpy as np
import pytest

from tongtu.kernel.ids import ProgramId
from tongtu.kernel.money import divide_half_up
from tongtu.policy.api import Pack
from tongtu.terms.api import quote, quote_batch

AMOUNT_MAX_MINOR = 20_000_000
PACK_DAY = np.datetime64("2026-11-24").item()


def all_in(book, program, amount, months, band):
    price = book.price(program, band, months)
    fee = divide_half_up(amount * price.fee_bps_monthly, 10_000)
    return quote(amount, price.rate_bps, months, fee)


@pytest.fixture(scope="module")
def cells(book):
    """(program, band, months) of every cell that has a price."""
    return [
        (program.id, band, months)
        for program in book.programs()
        for band in range(8)
        for months in range(1, 85)
        if book.price(program.id, band, months) is not None
    ]


def test_every_cell_costs_less_than_the_cap_at_any_amount(book, cells):
    cap = Pack.load("cn/2026.08").param("all_in_cap_ppm", PACK_DAY)
    rows = []
    for program, band, months in cells:
        price, least = book.price(program, band, months), book.program(program).amount_min_minor
        # Odd amounts near the least round the most; the rounding is what may pass a cap.
        for amount in (*range(least, least + 40), 999_999, 4_444_443, AMOUNT_MAX_MINOR):
            fee = divide_half_up(amount * price.fee_bps_monthly, 10_000)
            rows.append((amount, price.rate_bps, months, fee))

    figures = quote_batch(*np.array(rows, np.int64).T.copy())

    assert len(rows) == 43 * len(cells)
    assert cap == 240_000
    assert int(figures.irr12_ppm.max()) < cap


def test_no_price_falls_when_risk_or_term_rises(book, cells):
    places = {(program, months) for program, _, months in cells}
    for program, months in places:
        rates = [
            all_in(book, program, 5_000_000, months, band).irr12_ppm
            for band in range(8)
            if book.price(program, band, months)
        ]
        assert all(one < other for one, other in pairwise(rates)), (program, months)
    for program, band in {(program, band) for program, band, _ in cells}:
        prices = [
            book.price(program, band, m) for m in range(1, 61) if book.price(program, band, m)
        ]
        assert all(one.rate_bps <= other.rate_bps for one, other in pairwise(prices))


def test_the_bank_is_cheapest_and_the_microloan_company_widest(book):
    at = {
        program: all_in(book, ProgramId(program), 3_000_000, 24, 0).irr12_ppm
        for program in (101, 201, 301, 401, 501, 601)
    }
    widest = {
        program: sum(book.price(ProgramId(program), band, 24) is not None for band in range(8))
        for program in at
    }

    assert sorted(at, key=at.get) == [101, 601, 301, 401, 201, 501]
    assert widest == {101: 3, 201: 5, 301: 6, 401: 5, 501: 7, 601: 4}
    assert all(book.price(one.id, 7, 24) is None for one in book.programs())


def test_a_month_no_bucket_reaches_has_no_price(book):
    assert book.price(ProgramId(101), 0, 60).rate_bps == 475
    assert book.price(ProgramId(101), 0, 61) is None
    assert book.price(ProgramId(101), 0, 2) is None
    assert book.price(ProgramId(101), 0, 0) is None
    assert book.price(ProgramId(101), 0, 10_000) is None
    assert book.price(ProgramId(999), 0, 12) is None


def test_arrays_and_single_prices_are_the_same_cells(book):
    for program in book.programs():
        place = book.grid.place(program.id)
        for band in range(8):
            for months in range(1, 85):
                price = book.price(program.id, band, months)
                cell = (
                    int(book.grid.rate_bps[place, band, months]),
                    int(book.grid.fee_bps_monthly[place, band, months]),
                )
                assert cell == (
                    (-1, -1) if price is None else (price.rate_bps, price.fee_bps_monthly)
                )
