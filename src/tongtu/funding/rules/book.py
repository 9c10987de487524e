"""The book: every lender's policy and prices at one version, asked without a database.

Whether a lender stands on the white list and whether its quota lasts is not known here.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import NamedTuple

from tongtu.funding.model import BadBook, Lender, Price, Program, ProgramQuote, Routing, Sought
from tongtu.funding.rules.grid import TENOR_MONTHS_MAX, Grid, Prices
from tongtu.kernel.ids import LenderId, ProgramId
from tongtu.kernel.money import divide_half_up
from tongtu.kernel.rate import BPS_PER_ONE
from tongtu.tables.api import Table

# A ratio above this says no more than "far too much" (and stays a number the table takes).
_DSR_PERCENT_MAX = 1_000_000_000
_PPM_PER_PERCENT = 10_000


class _Asked(NamedTuple):
    """A lender's program for a product: its prices by band and month, and its limits."""

    lender: LenderId
    program: ProgramId
    prices: Prices
    amount_min_minor: int
    tenor_min_months: int
    tenor_max_months: int


class Book:
    """An immutable snapshot of lenders, policies and prices; `hash` names all of it."""

    __slots__ = (
        "_by_lender",
        "_by_product",
        "_policies",
        "_programs",
        "eligibility",
        "grid",
        "hash",
        "lenders",
    )

    def __init__(
        self,
        lenders: Sequence[Lender],
        eligibility: Table,
        grid_rows: Sequence[tuple[int, ...]],
        policy_rows: Iterable[Mapping[str, str]],
    ) -> None:
        self.lenders = tuple(lenders)
        self.eligibility = eligibility
        self._programs = {program.id: program for one in lenders for program in one.programs}
        self._by_lender = {lender.number: lender for lender in lenders}
        self.grid = Grid(tuple(self._programs.values()), grid_rows)
        self._by_product = {
            product: [_asked(lender, product, self.grid) for lender in lenders]
            for product in {name for one in self._programs.values() for name in one.products}
        }
        self._policies = _policies(lenders, grid_rows, list(policy_rows), set(self._programs))
        if strange := {row[0] for row in grid_rows} - set(self._programs):
            raise BadBook(f"price grid: no such program: {sorted(strange)}")
        whole = json.dumps([eligibility.hash, self._policies], sort_keys=True)
        self.hash = hashlib.sha256(whole.encode()).hexdigest()

    def route(self, sought: Sought) -> Routing:
        """Return each lender's answer, by lender number. Raises MissingFact or BadFact."""
        limits: dict[int, int] = {}
        for row in self.eligibility.evaluate(_facts(sought)):
            offered, largest = int(row["program"]), int(row["amount_max_minor"])
            limits[offered] = max(largest, limits.get(offered, 0))
        asked = self._by_product.get(sought.product)
        if asked is None:
            nobody = "product_not_offered"
            return Routing((), tuple((lender.number, nobody) for lender in self.lenders))
        quotes: list[ProgramQuote] = []
        refusals: list[tuple[LenderId, str]] = []
        months, amount = sought.tenor_months, sought.amount_minor
        for lender, program, prices, low, first, last in asked:
            # What a person may change comes first: the term, the amount, and only then the policy.
            if not first <= months <= last:
                refusals.append((lender, "tenor_not_offered" if last else "product_not_offered"))
                continue
            price, most = prices[sought.band][months], limits.get(program)
            if amount < low or (most is not None and amount > most):
                refusals.append((lender, "amount_out_of_range"))
            elif price is None or most is None:
                refusals.append((lender, "lender_policy"))
            else:
                rate_bps, fee_bps = price
                fee = divide_half_up(amount * fee_bps, BPS_PER_ONE) if fee_bps else 0
                quotes.append(ProgramQuote(program, lender, rate_bps, fee))
        return Routing(tuple(quotes), tuple(refusals))

    def eligible(self, sought: Sought) -> tuple[ProgramQuote, ...]:
        """Return the quotes of the lenders that say yes. Raises MissingFact or BadFact."""
        return self.route(sought).quotes

    def price(self, program: ProgramId, band: int, tenor_months: int) -> Price | None:
        """Return the grid's cell, or None where the program does not lend."""
        return self.grid.price(program, band, tenor_months)

    def program(self, program: ProgramId) -> Program:
        """Return a program. Raises KeyError."""
        return self._programs[program]

    def lender(self, number: LenderId) -> Lender:
        """Return a lender. Raises KeyError."""
        return self._by_lender[number]

    def find_lender(self, code: str) -> Lender | None:
        """Return the lender of an id such as "yunxiu"."""
        return next((lender for lender in self.lenders if lender.id == code), None)

    def programs(self) -> tuple[Program, ...]:
        """Return every program."""
        return tuple(self._programs.values())

    def policy_hash(self, lender: LenderId) -> str:
        """Return the version of one lender's own policy; another lender's change leaves it."""
        return self._policies[lender]


def _asked(lender: Lender, product: str, grid: Grid) -> _Asked:
    """Return how a lender answers for a product; one that does not offer it fits no term."""
    program = next((one for one in lender.programs if product in one.products), None)
    if program is None:
        return _Asked(lender.number, ProgramId(0), (), 0, 0, 0)
    return _Asked(
        lender.number,
        program.id,
        grid.prices(program.id),
        program.amount_min_minor,
        program.tenor_min_months,
        min(program.tenor_max_months, TENOR_MONTHS_MAX),
    )


def _facts(sought: Sought) -> dict[str, object]:
    dsr_ppm = sought.dsr_ppm
    return {
        "band": sought.band,
        "records": sought.records,
        "job": sought.job,
        "home": sought.home,
        "purpose": sought.purpose,
        "seniority_years": sought.seniority_years,
        "tenor_months": min(sought.tenor_months, TENOR_MONTHS_MAX),  # beyond it no program lends
        "amount_minor": sought.amount_minor,
        "has_income": sought.income_minor is not None,
        "income_minor": sought.income_minor or 0,
        "has_assets": sought.assets_minor is not None,
        "assets_minor": sought.assets_minor or 0,
        "has_dsr": dsr_ppm is not None,
        # Rounded up, so that "at most 50 %" is never passed by 50.4 %.
        "dsr_percent": min(-(-(dsr_ppm or 0) // _PPM_PER_PERCENT), _DSR_PERCENT_MAX),
    }


def _policies(
    lenders: Sequence[Lender],
    grid_rows: Sequence[tuple[int, ...]],
    rows: list[Mapping[str, str]],
    programs: set[ProgramId],
) -> dict[LenderId, str]:
    """Return a hash for each lender of its own terms, rows of the table and prices."""
    by_program: dict[int, list[Mapping[str, str]]] = {}
    for row in rows[:-1]:  # the last row is the catch-all
        if not row["program"].isdigit() or int(row["program"]) not in programs:
            raise BadBook(f"eligibility: row {row.get('_id')} names no program")
        by_program.setdefault(int(row["program"]), []).append(row)
    if silent := sorted(programs - set(by_program)):
        raise BadBook(f"eligibility: no row ever offers {silent}")
    hashes = {}
    for lender in lenders:
        own = [program.id for program in lender.programs]
        content = [
            asdict(lender),
            [by_program[program] for program in own],
            sorted(row for row in grid_rows if row[0] in own),
        ]
        text = json.dumps(content, sort_keys=True, ensure_ascii=False, default=str)
        hashes[lender.number] = hashlib.sha256(text.encode()).hexdigest()
    return hashes
