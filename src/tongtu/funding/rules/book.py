"""The book: every lender's policy and prices at one version, asked without a database.

Whether a lender stands on the white list and whether its quota lasts is not known here.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import NamedTuple

from tongtu.funding.model import (
    HOME_COUNTRY,
    BadBook,
    Guarantor,
    Lender,
    Price,
    Program,
    ProgramQuote,
    Refusal,
    RemoteLender,
    Routing,
    Share,
    Shares,
    Sought,
)
from tongtu.funding.rules.grid import TENOR_MONTHS_MAX, Grid
from tongtu.funding.rules.routing import Router
from tongtu.funding.rules.split import apportion
from tongtu.kernel.ids import LenderId, ProgramId
from tongtu.kernel.money import divide_half_up
from tongtu.kernel.rate import BPS_PER_ONE
from tongtu.tables.api import Table

# A ratio above this says no more than "far too much" (and stays a number the table takes).
_DSR_PERCENT_MAX = 1_000_000_000
_PPM_PER_PERCENT = 10_000
# What every table of lenders may ask; whatever else it asks is of outside sources.
_STATED = frozenset((
    "band", "records", "job", "home", "purpose", "seniority_years", "tenor_months", "amount_minor",
    "has_income", "income_minor", "has_assets", "assets_minor", "has_dsr", "dsr_percent",
))  # fmt: skip
_HAS = "has_"
_LIMITS = ("month_limit_minor", "capital_minor", "pace_ppm")


class _Asked(NamedTuple):
    """How a lender answers for a product, a band and a term: its refusal, or what it asks."""

    program: ProgramId
    quote: ProgramQuote | None  # its price but for the fee, where it has one
    fee_bps_monthly: int
    amount_min_minor: int
    refusal: Refusal | None  # whatever the person is
    out_of_range: Refusal
    by_policy: Refusal


class Book:
    """An immutable snapshot of lenders, policies and prices; `hash` names all of it.

    Remote lenders are known here by name and terms only: what they take and ask is their own, so
    they are no part of `lenders`, which the lane asks; their terms are of `hash`, where any are.
    """

    __slots__ = (
        "_by_lender",
        "_cells",
        "_policies",
        "_policy_rows",
        "_products",
        "_programs",
        "_terms",
        "eligibility",
        "grid",
        "guarantors",
        "hash",
        "lenders",
        "outside",
        "remotes",
        "router",
    )

    def __init__(
        self,
        houses: tuple[Sequence[Lender], Sequence[Guarantor]],
        eligibility: Table,
        grid_rows: Sequence[tuple[int, ...]],
        policy_rows: Iterable[Mapping[str, str]],
        *,
        remotes: Sequence[RemoteLender] = (),
    ) -> None:
        lenders, guarantors = houses
        self.remotes = tuple(remotes)
        self.lenders, self.guarantors = tuple(lenders), tuple(guarantors)
        self.eligibility = eligibility
        self._programs = {program.id: program for one in lenders for program in one.programs}
        self._by_lender = {lender.number: lender for lender in self.everybody()}
        self._terms = {one.id: one for lender in self.everybody() for one in lender.programs}
        self.grid = Grid(tuple(self._programs.values()), grid_rows)
        self._products = {name for one in self._programs.values() for name in one.products}
        self._cells: dict[tuple[str, int, int], tuple[_Asked, ...]] = {}
        rows = list(policy_rows)
        self._policies = _policies(lenders, grid_rows, rows, set(self._programs))
        self._policy_rows = tuple(rows[:-1])  # the last row is the catch-all
        if strange := {row[0] for row in grid_rows} - set(self._programs):
            raise BadBook(f"price grid: no such program: {sorted(strange)}")
        for program in self._programs.values():
            _check_margins(program, min(row[3] for row in grid_rows if row[0] == program.id))
        # Features of outside sources that some lender's policy reads; none in the shipped table.
        asked = [name for name in eligibility.inputs if name not in _STATED]
        self.outside = tuple(dict.fromkeys(name.removeprefix(_HAS) for name in asked))
        columns = eligibility.by_column
        # None where the table must be asked one by one.
        self.router = (
            None if columns is None else Router(self.lenders, self.programs(), self.grid, columns)
        )
        named = [eligibility.hash, self._policies, *(_house(one.lender) for one in remotes)]
        whole = json.dumps(named, sort_keys=True, default=str)
        self.hash = hashlib.sha256(whole.encode()).hexdigest()

    def route(self, sought: Sought) -> Routing:
        """Return each lender's answer, by lender number. Raises MissingFact or BadFact."""
        limits: dict[int, int] = {}
        for row in self.eligibility.evaluate(_facts(sought, self.outside)):
            offered, largest = row["program"], row["amount_max_minor"]
            if largest > limits.get(offered, 0):
                limits[offered] = largest
        if sought.product not in self._products:
            nobody = "product_not_offered"
            return Routing((), tuple((lender.number, nobody) for lender in self.lenders))
        quotes: list[ProgramQuote] = []
        refusals: list[Refusal] = []
        amount = sought.amount_minor
        cell = self._cell(sought.product, sought.band, sought.tenor_months)
        for program, quote, fee_bps, low, refusal, out_of_range, by_policy in cell:
            if refusal is not None:
                refusals.append(refusal)
                continue
            most = limits.get(program)
            # What a person may change comes first: the term, the amount, and only then the policy.
            if amount < low or (most is not None and amount > most):
                refusals.append(out_of_range)
            elif quote is None or most is None:
                refusals.append(by_policy)
            elif fee_bps:
                fee = divide_half_up(amount * fee_bps, BPS_PER_ONE)
                quotes.append(ProgramQuote(program, quote.lender, quote.rate_bps, fee))
            else:
                quotes.append(quote)
        return Routing(tuple(quotes), tuple(refusals))

    def _cell(self, product: str, band: int, tenor_months: int) -> tuple[_Asked, ...]:
        """Return every lender's answer in one cell, made when it is first asked for."""
        # Nobody lends for longer than the grid, so one month stands for all beyond it.
        months = max(0, min(tenor_months, TENOR_MONTHS_MAX + 1))
        found = self._cells.get((product, band, months))
        if found is None:
            found = tuple(_asked(one, product, self.grid, (band, months)) for one in self.lenders)
            self._cells[product, band, months] = found
        return found

    def eligible(self, sought: Sought) -> tuple[ProgramQuote, ...]:
        """Return the quotes of the lenders that say yes. Raises MissingFact or BadFact."""
        return self.route(sought).quotes

    def price(self, program: ProgramId, band: int, tenor_months: int) -> Price | None:
        """Return the grid's cell, or None where the program does not lend."""
        return self.grid.price(program, band, tenor_months)

    def knows(self, program: ProgramId) -> bool:
        """Return whether a program is of this version; a lender may have joined or left since."""
        return program in self._terms

    def program(self, program: ProgramId) -> Program:
        """Return a program. Raises KeyError."""
        return self._terms[program]

    def everybody(self) -> tuple[Lender, ...]:
        """Return every lender, those that are asked over HTTP last."""
        return (*self.lenders, *(one.lender for one in self.remotes))

    def remote(self, number: LenderId) -> RemoteLender | None:
        """Return a lender that is asked over HTTP; None when it is none."""
        return next((one for one in self.remotes if one.lender.number == number), None)

    def lender(self, number: LenderId) -> Lender:
        """Return a lender. Raises KeyError."""
        return self._by_lender[number]

    def find_lender(self, code: str) -> Lender | None:
        """Return the lender of an id such as "yunxiu"."""
        return next((lender for lender in self.everybody() if lender.id == code), None)

    def guarantor(self, number: int) -> Guarantor:
        """Return a guarantor. Raises KeyError."""
        return next(one for one in self.guarantors if one.number == number)

    def funders(self, program: ProgramId) -> tuple[Lender, ...]:
        """Return who lends: the lead lender, and with it the others of a joint program."""
        found = self._terms[program]
        if found.joint is None:
            return (self._by_lender[found.lender],)
        return tuple(self._by_lender[one.lender] for one in found.joint.funders)

    def listed(self, program: ProgramId) -> tuple[date, date]:
        """Return the days on which all who take part stand on the white list, both included."""
        joint = self._terms[program].joint
        guarantors = () if joint is None else (self.guarantor(joint.guarantor),)
        houses = (*self.funders(program), *guarantors)
        return max(one.listed_from for one in houses), min(one.listed_to for one in houses)

    def shares(self, program: ProgramId, amount_minor: int, rate_bps: int) -> Shares | None:
        """Return who gives how much of a joint loan and at which own rate; None when one lends."""
        joint = self._terms[program].joint
        if joint is None:
            return None
        parts = apportion(amount_minor, [one.share_ppm for one in joint.funders])
        members = tuple(
            Share(one.lender, part, rate_bps + one.margin_bps)
            for one, part in zip(joint.funders, parts, strict=True)
        )
        return Shares(members, joint.guarantor, joint.compensate_after_days, joint.service_fee_ppm)

    def programs(self) -> tuple[Program, ...]:
        """Return every program that the lane asks."""
        return tuple(self._programs.values())

    def policy_rows(self, program: ProgramId) -> tuple[Mapping[str, str], ...]:
        """Return whom a program takes, row by row, in the words of the table."""
        return tuple(row for row in self._policy_rows if row["program"] == str(program))

    def policy_hash(self, lender: LenderId) -> str:
        """Return the version of one lender's own policy; another lender's change leaves it."""
        return self._policies[lender]


def _asked(lender: Lender, product: str, grid: Grid, cell: tuple[int, int]) -> _Asked:
    """Return how a lender answers in one cell; one that does not offer the product fits no term."""
    number, (band, months) = lender.number, cell
    program = next((one for one in lender.programs if product in one.products), None)
    others = (number, "amount_out_of_range"), (number, "lender_policy")
    if program is None:
        return _Asked(ProgramId(0), None, 0, 0, (number, "product_not_offered"), *others)
    price = grid.price(program.id, band, months)
    fits = program.tenor_min_months <= months <= min(program.tenor_max_months, TENOR_MONTHS_MAX)
    return _Asked(
        program.id,
        None if price is None else ProgramQuote(program.id, number, price.rate_bps, 0),
        0 if price is None else price.fee_bps_monthly,
        program.amount_min_minor,
        None if fits else (number, "tenor_not_offered"),
        *others,
    )


def _check_margins(program: Program, least_bps: int) -> None:
    margins = () if program.joint is None else [one.margin_bps for one in program.joint.funders]
    if least_bps + min(margins, default=0) < 0:
        raise BadBook(f"{program.code}: a funder would lend below 0 at {least_bps} basis points")


def _facts(sought: Sought, outside: Sequence[str]) -> dict[str, object]:
    """Return what the table asks; what no source told is 0 and says so beside it."""
    dsr_ppm, known = sought.dsr_ppm, sought.outside
    told = {name: known.get(name, 0) for name in outside}
    told |= {f"{_HAS}{name}": name in known for name in outside}
    return {
        **told,
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


def _terms(program: Program) -> dict[str, object]:
    """Return a program's terms; what it does not limit is no term, as in books of before."""
    told = asdict(program)
    return {name: told[name] for name in told if name not in _LIMITS or told[name] is not None}


def _house(lender: Lender) -> dict[str, object]:
    """Return a lender with its programs' terms; what earlier books had no word for is left out."""
    told = asdict(lender) | {"programs": [_terms(program) for program in lender.programs]}
    if lender.country == HOME_COUNTRY:
        del told["country"]
    if not lender.withdrawal_days:
        del told["withdrawal_days"]
    return told


def _policies(
    lenders: Sequence[Lender],
    grid_rows: Sequence[tuple[int, ...]],
    rows: list[Mapping[str, str]],
    programs: set[ProgramId],
) -> dict[LenderId, str]:
    """Return a hash for each lender of its own terms, rows of the table and prices.

    What it funds jointly is its own as well: its yes to such a loan names the program's terms.
    """
    by_program: dict[int, list[Mapping[str, str]]] = {}
    for row in rows[:-1]:  # the last row is the catch-all
        if not row["program"].isdigit() or int(row["program"]) not in programs:
            raise BadBook(f"eligibility: row {row.get('_id')} names no program")
        by_program.setdefault(int(row["program"]), []).append(row)
    if silent := sorted(programs - set(by_program)):
        raise BadBook(f"eligibility: no row ever offers {silent}")
    hashes = {}
    for lender in lenders:
        joint = [
            program for one in lenders for program in one.programs
            if one is not lender and program.joint is not None
            and any(funder.lender == lender.number for funder in program.joint.funders)
        ]  # fmt: skip
        own = [program.id for program in (*lender.programs, *joint)]
        content = [
            _house(lender),
            [_terms(program) for program in joint],
            [by_program[program] for program in own],
            sorted(row for row in grid_rows if row[0] in own),
        ]
        text = json.dumps(content, sort_keys=True, ensure_ascii=False, default=str)
        hashes[lender.number] = hashlib.sha256(text.encode()).hexdigest()
    return hashes
