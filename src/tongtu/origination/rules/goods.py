"""Instalment offers for a goods page, before anybody says who they are.

Which few are looked at follows from a cached order; each one that is shown has the figures of its
own schedule, for the best and for the worst band it lends to: a range, never "as low as".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

import numpy as np

from tongtu.catalog.api import Catalogue, LoanProduct
from tongtu.funding.api import Book, Price, Program
from tongtu.kernel.ids import LenderId, ProgramId
from tongtu.kernel.money import divide_half_up
from tongtu.kernel.rate import BPS_PER_ONE
from tongtu.policy.api import Laws
from tongtu.risk.api import BANDS
from tongtu.terms.api import quote_batch

PURPOSE = "goods"
TENORS_MONTHS = (3, 6, 12, 24)
OFFERS_A_TENOR_MAX = 5
# A merchant's terms change a few times a year; a price is quoted again and again.
TABLES_MAX = 256
_MONTHS = 12
_CAP = "all_in_cap_ppm"


class GoodsAsked(NamedTuple):
    """A price on a merchant's page, and how much of the yearly rate the merchant pays by term."""

    price_minor: int
    paid_bps: tuple[tuple[int, int], ...]


class Figures(NamedTuple):
    """What one price of the grid makes of the goods; yearly figures in parts per million."""

    rate_bps: int
    instalment_minor: int
    last_instalment_minor: int
    total_minor: int
    cost_minor: int
    irr12_ppm: int
    effective_ppm: int


class GoodsOffer(NamedTuple):
    """One lender's range for one term."""

    product: str
    program: ProgramId
    lender: LenderId
    tenor_months: int
    lowest: Figures
    highest: Figures


class _Row(NamedTuple):
    """A program for a product and a term, with what a buyer pays at the best and worst band."""

    product: str
    program: ProgramId
    lender: LenderId
    tenor_months: int
    amount_min_minor: int
    amount_max_minor: int
    prices: tuple[Price, Price]
    dearness: float  # cost of the best band for each fen lent, near enough to choose by


class GoodsQuotes:
    """Knows pack, products and lenders; asks neither clock nor database."""

    def __init__(self, laws: Laws, catalogue: Catalogue, book: Book) -> None:
        self._laws, self._catalogue, self._book = laws, catalogue, book
        self._day = date.min
        self._tables: dict[tuple[tuple[int, int], ...], Mapping[int, Sequence[_Row]]] = {}
        self._caps_ppm: dict[LenderId, int] = {}

    def quote(self, asked: Sequence[GoodsAsked], day: date) -> list[list[GoodsOffer]]:
        """Return each page's offers: by term, the cheapest first. One call for all of them."""
        if day != self._day:
            self._day = day
            self._caps_ppm = {
                one.number: int(self._laws.of(one.id).param(_CAP, day, kind=one.kind.value))
                for one in self._book.lenders
            }
            self._tables.clear()
        chosen = [self._choose(one) for one in asked]
        flat: list[int] = []
        for one, rows in zip(asked, chosen, strict=True):
            for row in rows:
                for price in row.prices:
                    fee = divide_half_up(one.price_minor * price.fee_bps_monthly, BPS_PER_ONE)
                    flat += (one.price_minor, price.rate_bps, row.tenor_months, fee)
        if not flat:
            return [[] for _ in asked]
        columns = np.ascontiguousarray(np.array(flat, np.int64).reshape(-1, 4).T)
        made = quote_batch(*columns)
        figures = iter(
            np.vstack(
                (
                    *(columns[1], made.instalment, made.last, made.total, made.cost),
                    *(made.irr12_ppm, made.effective_ppm),
                )
            ).T.tolist()
        )
        return [self._offers(rows, figures) for rows in chosen]

    def _offers(self, rows: Sequence[_Row], figures: Iterator[Sequence[int]]) -> list[GoodsOffer]:
        found = []
        for row in rows:
            lowest, highest = (Figures(*next(figures)) for _ in range(2))
            if highest.irr12_ppm <= self._caps_ppm[row.lender]:
                named = (row.product, row.program, row.lender, row.tenor_months)
                found.append(GoodsOffer(*named, lowest, highest))
        found.sort(key=_order)
        return found

    def _choose(self, asked: GoodsAsked) -> list[_Row]:
        table = self._tables.get(asked.paid_bps)
        if table is None:
            if len(self._tables) >= TABLES_MAX:
                self._tables.clear()
            table = self._tables[asked.paid_bps] = self._table(dict(asked.paid_bps))
        chosen: list[_Row] = []
        price = asked.price_minor
        for rows in table.values():
            seen: set[ProgramId] = set()
            for row in rows:
                if row.amount_min_minor <= price <= row.amount_max_minor:
                    if row.program not in seen:
                        seen.add(row.program)
                        chosen.append(row)
                    if len(seen) == OFFERS_A_TENOR_MAX:
                        break
        return chosen

    def _table(self, paid_bps: Mapping[int, int]) -> Mapping[int, Sequence[_Row]]:
        table: dict[int, list[_Row]] = {}
        products = [
            one for one in self._catalogue.all() if PURPOSE in one.purposes and not one.is_revolving
        ]
        for tenor in TENORS_MONTHS:
            rows = [
                row
                for product in products
                if tenor in product.tenors_months
                for program in self._book.programs()
                if (row := self._row(product, program, tenor, paid_bps.get(tenor, 0))) is not None
            ]
            table[tenor] = sorted(rows, key=lambda row: (row.dearness, row.program))
        return table

    def _row(
        self, product: LoanProduct, program: Program, tenor: int, paid_bps: int
    ) -> _Row | None:
        kind = self._book.lender(program.lender).kind.value
        first, last = self._book.listed(program.id)
        if (
            product.id not in program.products
            or kind not in product.lender_kinds
            or not first <= self._day <= last
            # A joint loan pays no merchant yet.
            or program.joint is not None
        ):
            return None
        found = [self._book.price(program.id, band, tenor) for band in range(BANDS)]
        prices = sorted(
            [
                Price(max(0, one.rate_bps - paid_bps), one.fee_bps_monthly)
                for one in found
                if one is not None
            ],
            key=lambda one: _dearness(one, tenor),
        )
        if not prices:
            return None
        return _Row(
            product.id,
            program.id,
            program.lender,
            tenor,
            max(product.amount_min_minor, program.amount_min_minor),
            product.amount_max_minor,
            (prices[0], prices[-1]),
            _dearness(prices[0], tenor),
        )


def _dearness(price: Price, tenor: int) -> float:
    monthly = price.rate_bps / (BPS_PER_ONE * _MONTHS)
    level = monthly / (1 - (1 + monthly) ** -tenor) if monthly else 1 / tenor
    return tenor * (level + price.fee_bps_monthly / BPS_PER_ONE) - 1


def _order(offer: GoodsOffer) -> tuple[int, int, int, int]:
    return offer.tenor_months, offer.lowest.cost_minor, offer.lowest.irr12_ppm, offer.lender
