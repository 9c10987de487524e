"""Every lender's answer to a whole batch, by column; `Book.route` says the same one by one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tongtu.funding.model import Lender, Program
from tongtu.funding.rules.grid import NONE, TENOR_MONTHS_MAX, Grid
from tongtu.kernel.rate import BPS_PER_ONE
from tongtu.tables.api import Columnar, Given

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
# What a lender may say, by number; 0 is its quote.
ANSWERS = ("", "product_not_offered", "tenor_not_offered", "amount_out_of_range", "lender_policy")
QUOTES, _NO_PRODUCT, _NO_TENOR, _NO_AMOUNT, _NO_POLICY = range(len(ANSWERS))


class SoughtBatch(NamedTuple):
    """Loans that lenders are asked for. `facts` is what the eligibility table asks of each."""

    products: Sequence[str]
    amount_minor: Ints
    tenor_months: Ints
    band: Ints
    facts: Mapping[str, Given]


class RoutingBatch(NamedTuple):
    """Answers by (case, lender in order of number): places in ANSWERS, and the price asked."""

    answers: Ints
    programs: Ints  # places among the book's programs; their number where there is none
    rate_bps: Ints
    fee_minor_monthly: Ints
    strange: Flags  # (case): facts no table takes; `Book.route` says what is wrong


class Router:
    """The lenders' terms, prices and policies laid out as arrays."""

    __slots__ = ("_fees", "_largest", "_least", "_longest", "_order", "_places", "_products",
                 "_programs", "_rates", "_shortest", "_starts", "_table", "_top")  # fmt: skip

    def __init__(
        self, lenders: Sequence[Lender], programs: Sequence[Program], grid: Grid, table: Columnar
    ) -> None:
        nobody = len(programs)  # one place more: the program of a lender without one
        place = {program.id: number for number, program in enumerate(programs)}
        names = sorted({name for program in programs for name in program.products})
        self._products = {name: number for number, name in enumerate(names)}
        self._programs = np.full((len(names) + 1, len(lenders)), nobody, np.int64)
        for column, lender in enumerate(lenders):
            for program in lender.programs:
                for name in program.products:
                    self._programs[self._products[name], column] = place[program.id]
        self._least = np.array([*(one.amount_min_minor for one in programs), 0], np.int64)
        self._shortest = np.array([*(one.tenor_min_months for one in programs), 1], np.int64)
        longest = [min(one.tenor_max_months, TENOR_MONTHS_MAX) for one in programs]
        self._longest = np.array([*longest, 0], np.int64)
        # One program more and one month more than the grid: there is no price in either.
        around = ((0, 1), (0, 0), (0, 1))
        self._rates = np.pad(grid.rate_bps, around, constant_values=NONE)
        self._fees = np.pad(grid.fee_bps_monthly, around, constant_values=NONE)
        self._table = table
        self._lay_out(
            [(place[row["program"]], row["amount_max_minor"]) for row in table.answers[:-1]]
        )

    def _lay_out(self, offers: list[tuple[int, int]]) -> None:
        """Sort the table's rows by program, so that a program's largest amount is one reduction."""
        order = sorted(range(len(offers)), key=lambda number: offers[number][0])
        owners = [offers[number][0] for number in order]
        self._order = np.array(order, np.intp)
        self._largest = np.array([offers[number][1] for number in order], np.int64)[:, None]
        self._starts = np.array([owners.index(one) for one in dict.fromkeys(owners)], np.intp)
        self._places = np.array(list(dict.fromkeys(owners)), np.intp)
        self._top = len(self._least)

    def route(self, sought: SoughtBatch) -> RoutingBatch:
        """Return every lender's answer to every case."""
        count = len(sought.products)
        amount, months = sought.amount_minor[:, None], sought.tenor_months[:, None]
        matches = self._table.match(sought.facts, count)
        limits = np.zeros((self._top, count), np.int64)
        if len(self._order):
            offered = np.where(matches.fired[self._order], self._largest, 0)
            limits[self._places] = np.maximum.reduceat(offered, self._starts, axis=0)
        other = len(self._programs) - 1
        products = [self._products.get(name, other) for name in sought.products]
        programs = self._programs[products]
        within = np.minimum(months, TENOR_MONTHS_MAX + 1)
        cell = programs, sought.band[:, None], within
        rates, fees = self._rates[cell], self._fees[cell]
        most = np.take_along_axis(limits.T, programs, axis=1)
        answers = np.where((rates < 0) | (most <= 0), _NO_POLICY, QUOTES)
        beyond = (amount < self._least[programs]) | ((most > 0) & (amount > most))
        answers[beyond] = _NO_AMOUNT
        answers[(months < self._shortest[programs]) | (months > self._longest[programs])] = (
            _NO_TENOR
        )
        answers[programs == self._top - 1] = _NO_PRODUCT
        # Rounded half up, as money is.
        fee = (2 * amount * np.maximum(fees, 0) + BPS_PER_ONE) // (2 * BPS_PER_ONE)
        return RoutingBatch(answers, programs, rates, fee, matches.strange)
