"""A lender's own desk: its policy, prices, quotas and pace of today, and what waits for its word.

A lender sees itself alone; the house's staff see every lender.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec
from litestar import get
from litestar.params import FromPath

from tongtu.channels.rest.auth import allow
from tongtu.channels.rest.given import GivenCaller, GivenParts
from tongtu.channels.rest.parts import Parts
from tongtu.funding.api import (
    Budget,
    Lender,
    Program,
    asked_of,
    budgets_of,
    elapsed,
    paid_by_hour,
    promised_of,
    reserved_of,
)
from tongtu.identity.api import Caller, Role
from tongtu.kernel.clock import business_date_of
from tongtu.kernel.errors import NotFound
from tongtu.kernel.money import divide_half_up
from tongtu.kernel.rate import BPS_PER_ONE
from tongtu.origination.api import percent_of_bps, percent_of_ppm
from tongtu.risk.api import BANDS
from tongtu.terms.api import quote

_MAY_SEE = allow(Role.LENDER, Role.OPERATOR, Role.ANALYST, Role.REGULATOR)
# Of the cells' yearly cost: a price of so many fen is told, as a fee is rounded to the fen.
EXAMPLE_MINOR = 10_000_000
WAITING_MAX = 200
_CAP = "all_in_cap_ppm"


class PriceShown(msgspec.Struct, frozen=True, kw_only=True):
    """A cell of the grid; yearly figures of 100,000 yuan over the bucket's longest term."""

    band: int
    tenor_to_months: int
    rate_percent: str
    fee_bps_monthly: int
    irr12_percent: str
    effective_percent: str
    is_within_cap: bool


class BudgetShown(msgspec.Struct, frozen=True):
    """A limit in fen; `used_minor`: a day's reserved, else what was given to days."""

    limit_minor: int
    used_minor: int


class ProgramShown(msgspec.Struct, frozen=True, kw_only=True):
    """What a lender offers; `policy`: whom it takes, row by row, as its table says it."""

    code: str
    name_zh: str
    name_en: str
    products: list[str]
    amount_min_minor: int
    tenor_min_months: int
    tenor_max_months: int
    fee_payee: str | None
    funders: dict[str, int]  # of a joint loan: parts per million by lender
    day: BudgetShown
    month: BudgetShown | None
    contract: BudgetShown | None
    pace_ppm: int | None
    policy: list[dict[str, str]]
    prices: list[PriceShown]


class PaidShown(msgspec.Struct, frozen=True):
    """What was paid out within an hour."""

    hour: dt.datetime
    amount_minor: int
    loans: int


class LenderDeskShown(msgspec.Struct, frozen=True, kw_only=True):
    """A lender as it stands today. `elapsed_ppm`: how much of the business day is over."""

    lender: str
    number: int
    name_zh: str
    name_en: str
    kind: str
    listed_from: dt.date
    listed_to: dt.date
    is_listed: bool
    answer_within_s: int | None  # of a lender that decides on a machine of its own
    policy_hash: str | None
    business_date: dt.date
    elapsed_ppm: int
    cap_percent: str
    programs: list[ProgramShown]
    paid: list[PaidShown]


class LendersOverview(msgspec.Struct, frozen=True):
    """The lenders the caller may see, with what each has lent of its day."""

    items: list[LenderDeskShown]
    next: str | None = None


class WaitingShown(msgspec.Struct, frozen=True, kw_only=True):
    """A case that waits: `asked` for the lender's answer; `reserved` or `committed` to be paid."""

    application: str
    program: str
    state: str
    amount_minor: int
    tenor_months: int | None
    purpose: str | None
    since: dt.datetime
    until: dt.datetime | None


class WaitingListed(msgspec.Struct, frozen=True):
    """What waits, the most urgent first."""

    items: list[WaitingShown]
    next: str | None = None


@get("/v1/lender-desks", opt=_MAY_SEE)
async def list_lender_desks(parts: GivenParts, caller: GivenCaller) -> LendersOverview:
    """Return policy, prices, quotas and today's payouts of each lender the caller may see."""
    mine = [one for one in parts.book.everybody() if _may_see(caller, one)]
    return LendersOverview([await _desk(parts, one) for one in mine])


@get("/v1/lender-desks/{lender:str}/waiting", opt=_MAY_SEE)
async def list_waiting_for_lender(
    lender: FromPath[str], parts: GivenParts, caller: GivenCaller
) -> WaitingListed:
    """Return what waits for a lender's answer or for its money."""
    found = parts.book.find_lender(lender)
    if found is None or not _may_see(caller, found):
        raise NotFound("there is no such lender")
    runtime, number = parts.runtime, int(found.number)
    today = business_date_of(runtime.clock.now(), runtime.settings.zone)
    async with runtime.database.reading() as connection:
        asked = await asked_of(connection, number, WAITING_MAX)
        promised = await promised_of(connection, number, today, WAITING_MAX)
    show, codes = runtime.public.show, {int(one.id): one.code for one in found.programs}
    items = [
        WaitingShown(
            application=show("application", one.application),
            program=codes.get(one.program, str(one.program)),
            state="asked",
            amount_minor=one.amount_minor,
            tenor_months=one.tenor_months,
            purpose=one.purpose,
            since=one.asked_at,
            until=one.answer_by,
        )
        for one in asked
    ]
    items += [
        WaitingShown(
            application=show("application", row.application),
            program=codes.get(row.program, str(row.program)),
            state=row.state,
            amount_minor=row.amount_minor,
            tenor_months=None,
            purpose=None,
            since=row.changed_at,
            until=None,
        )
        for row in promised
    ]
    return WaitingListed(items)


def _may_see(caller: Caller, lender: Lender) -> bool:
    return caller.role is not Role.LENDER or caller.organisation == lender.number


async def _desk(parts: Parts, lender: Lender) -> LenderDeskShown:
    runtime = parts.runtime
    now, zone = runtime.clock.now(), runtime.settings.zone
    today, programs = business_date_of(now, zone), [int(one.id) for one in lender.programs]
    async with runtime.database.reading() as connection:
        budgets = await budgets_of(connection, programs, today)
        reserved = await reserved_of(connection, programs, today)
        paid = await paid_by_hour(connection, int(lender.number), today)
    remote = parts.book.remote(lender.number)
    law = parts.law_of(lender.id)
    cap_ppm = int(law.param(_CAP, today, kind=lender.kind.value))
    return LenderDeskShown(
        lender=lender.id,
        number=int(lender.number),
        name_zh=lender.zh,
        name_en=lender.en,
        kind=lender.kind.value,
        listed_from=lender.listed_from,
        listed_to=lender.listed_to,
        is_listed=lender.listed_from <= today <= lender.listed_to,
        answer_within_s=None if remote is None else remote.answer_within_s,
        policy_hash=None if remote is not None else parts.book.policy_hash(lender.number),
        business_date=today,
        elapsed_ppm=elapsed(now, today, zone),
        cap_percent=percent_of_ppm(cap_ppm),
        programs=[_program(parts, one, (budgets, reserved), cap_ppm) for one in lender.programs],
        paid=[PaidShown(one.hour, one.amount_minor, one.loans) for one in paid],
    )


def _program(
    parts: Parts, program: Program, used: tuple[list[Budget], dict[int, int]], cap_ppm: int
) -> ProgramShown:
    budgets, reserved = used
    stands = {one.period: one for one in budgets if one.program == program.id}
    day, joint = stands.get("day"), program.joint
    name = {one.number: one.id for one in parts.book.everybody()}
    return ProgramShown(
        code=program.code,
        name_zh=program.zh,
        name_en=program.en,
        products=list(program.products),
        amount_min_minor=program.amount_min_minor,
        tenor_min_months=program.tenor_min_months,
        tenor_max_months=program.tenor_max_months,
        fee_payee=program.fee_payee,
        funders={} if joint is None else {name[o.lender]: o.share_ppm for o in joint.funders},
        day=BudgetShown(
            program.day_limit_minor if day is None else day.limit_minor,
            reserved.get(int(program.id), 0),
        ),
        month=_budget(program.month_limit_minor, stands.get("month")),
        contract=_budget(program.capital_minor, stands.get("capital")),
        pace_ppm=program.pace_ppm,
        policy=[dict(row) for row in parts.book.policy_rows(program.id)],
        prices=_prices(parts, program, cap_ppm),
    )


def _budget(limit_minor: int | None, stands: Budget | None) -> BudgetShown | None:
    if limit_minor is None:
        return None
    return BudgetShown(limit_minor, 0 if stands is None else stands.allotted_minor)


def _prices(parts: Parts, program: Program, cap_ppm: int) -> list[PriceShown]:
    """Return the grid by band and by the last month of each bucket of terms."""
    found: list[PriceShown] = []
    for band in range(BANDS):
        months = range(program.tenor_min_months, program.tenor_max_months + 1)
        cells = [(month, parts.book.price(program.id, band, month)) for month in months]
        for at, (month, price) in enumerate(cells):
            is_last = at + 1 == len(cells) or cells[at + 1][1] != price
            if price is None or not is_last:
                continue
            fee = divide_half_up(EXAMPLE_MINOR * price.fee_bps_monthly, BPS_PER_ONE)
            figures: Any = quote(EXAMPLE_MINOR, price.rate_bps, month, fee)
            found.append(
                PriceShown(
                    band=band,
                    tenor_to_months=month,
                    rate_percent=percent_of_bps(price.rate_bps),
                    fee_bps_monthly=price.fee_bps_monthly,
                    irr12_percent=percent_of_ppm(figures.irr12_ppm),
                    effective_percent=percent_of_ppm(figures.effective_ppm),
                    is_within_cap=figures.irr12_ppm <= cap_ppm,
                )
            )
    return found


ROUTES = (list_lender_desks, list_waiting_for_lender)
