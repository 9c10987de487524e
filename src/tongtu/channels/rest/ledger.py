"""The books to read: trial balance, accounts, statements; and two persons closing a period.

A lender sees the accounts that are its own; operator and regulator see all.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import msgspec
from litestar import get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from tongtu.channels.rest.auth import allow, allow_write
from tongtu.channels.rest.body import StrictBody
from tongtu.channels.rest.command import stored
from tongtu.channels.rest.given import GivenCaller, GivenCommand, GivenParts
from tongtu.channels.rest.ids import LIMIT, Limit, read_id
from tongtu.channels.rest.parts import Parts
from tongtu.identity.api import Caller, Role
from tongtu.journey.api import (
    allow_period_end,
    propose_period_end,
)
from tongtu.kernel.errors import BadInput, NotFound
from tongtu.kernel.ids import AccountId
from tongtu.ledger.api import (
    KINDS_OF_LENDERS,
    PERSONAL_KINDS,
    Account,
    AccountKind,
    Period,
    Standing,
    StatementLine,
    chart,
    find_account,
    list_accounts,
    list_periods,
    standings,
    statement,
    trial_balance,
)
from tongtu.runtime.api import business_date

_MAY_SEE = allow(Role.LENDER, Role.OPERATOR, Role.REGULATOR)
# A quarter of a year at once: what a person reads, and the block ranges of a crowded account.
STATEMENT_DAYS_MAX = 92

AsOf = Annotated[
    dt.date | None, QueryParameter(description="a business date; without it, the open one")
]
Kind = Annotated[str | None, QueryParameter(max_length=32, description="a kind of account")]
OpenedOn = Annotated[dt.date, QueryParameter(description="the first business date")]
ClosedOn = Annotated[dt.date, QueryParameter(description="the last business date")]


class TrialLineShown(msgspec.Struct, frozen=True):
    """All accounts of a kind: what they are debited or credited on balance."""

    kind: str
    holder: str
    name_zh: str
    name_en: str
    currency: str
    debit_minor: int
    credit_minor: int


class TrialBalanceShown(msgspec.Struct, frozen=True):
    """The books at the end of a business date; each of `sums_minor` is 0."""

    as_of: dt.date
    lines: list[TrialLineShown]
    sums_minor: dict[str, int]


class AccountShown(msgspec.Struct, frozen=True):
    """An account as it stands; `available_minor` is the balance without what is held."""

    account: str
    cell: int
    kind: str
    owner: int | None
    product: str | None
    currency: str
    balance_minor: int
    held_debit_minor: int
    held_credit_minor: int
    available_minor: int
    floor_minor: int | None
    ceiling_minor: int | None


class AccountsShown(msgspec.Struct, frozen=True):
    """The accounts the caller may see."""

    items: list[AccountShown]


class LedgerLineShown(msgspec.Struct, frozen=True):
    """One movement; negative for money that left."""

    transfer: str
    business_date: dt.date
    at: dt.datetime
    code: str
    act: str | None
    counterparty: str
    amount_minor: int
    original: str | None
    adjusts: dt.date | None


class AccountStatementShown(msgspec.Struct, frozen=True):
    """Opening balance, movements and closing balance: the first two make the third."""

    account: str
    opened_on: dt.date
    closed_on: dt.date
    opening_minor: int
    closing_minor: int
    lines: list[LedgerLineShown]


class PeriodShown(msgspec.Struct, frozen=True):
    """Closed business dates of a cell."""

    cell: int
    opened_on: dt.date
    closed_on: dt.date
    closed_at: dt.datetime


class PeriodsShown(msgspec.Struct, frozen=True):
    """Closed periods, the newest first."""

    items: list[PeriodShown]


class PeriodEndAsked(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The last day of the period to close."""

    through: dt.date


class PeriodClosed(msgspec.Struct, frozen=True):
    """Through which day the books are closed, and whether this call closed them."""

    through: dt.date
    is_new: bool


class PeriodEndProposed(msgspec.Struct, frozen=True):
    """What a second person has to allow within three days."""

    approval: str
    through: dt.date


@get("/v1/ledger/trial-balance", opt=allow(Role.ANALYST, Role.OPERATOR, Role.REGULATOR))
async def find_trial_balance(parts: GivenParts, as_of: AsOf = None) -> TrialBalanceShown:
    """Return the sum of each kind of account at the end of a business date."""
    async with parts.runtime.database.reading() as connection:
        day = as_of or await business_date(connection)
        found = await trial_balance(connection, parts.runtime.settings.cells, day)
        names = {one.kind: one for one in await chart(connection)}
    lines = [
        TrialLineShown(
            kind=line.kind.name.lower(),
            holder=names[line.kind].holder,
            name_zh=names[line.kind].name_zh,
            name_en=names[line.kind].name_en,
            currency=line.currency,
            debit_minor=max(-line.closing_minor, 0),
            credit_minor=max(line.closing_minor, 0),
        )
        for line in found.lines
    ]
    return TrialBalanceShown(day, lines, found.sums_minor)


@get("/v1/ledger/accounts", opt=_MAY_SEE)
async def list_ledger_accounts(
    parts: GivenParts, caller: GivenCaller, kind: Kind = None
) -> AccountsShown:
    """Return accounts with what they have: a lender's own, or all but those of persons."""
    is_lender = caller.role is Role.LENDER
    seen = KINDS_OF_LENDERS if is_lender else frozenset(AccountKind) - PERSONAL_KINDS
    asked = seen if kind is None else seen & {_kind(kind)}
    async with parts.runtime.database.reading() as connection:
        accounts = await list_accounts(
            connection, asked, caller.organisation if is_lender else None
        )
        found: dict[tuple[int, AccountId], Standing] = {}
        for cell in range(parts.runtime.settings.cells):
            own = [account.id for account in accounts if account.cell == cell]
            rows = await standings(connection, cell, own)
            found |= {(cell, number): standing for number, standing in rows.items()}
    return AccountsShown([_shown(parts, one, found[one.cell, one.id]) for one in accounts])


@get("/v1/ledger/accounts/{account:str}/statement", opt=_MAY_SEE)
async def find_account_statement(
    account: FromPath[str],
    parts: GivenParts,
    caller: GivenCaller,
    opened_on: OpenedOn,
    closed_on: ClosedOn,
) -> AccountStatementShown:
    """Return an account's movements of at most 92 days, with opening and closing balance."""
    if not 0 <= (closed_on - opened_on).days < STATEMENT_DAYS_MAX:
        raise BadInput(
            f"a statement is over 1 to {STATEMENT_DAYS_MAX} days", fields={"closed_on": "too far"}
        )
    identifier = AccountId(read_id(parts, "account", account))
    async with parts.runtime.database.reading() as connection:
        own = await find_account(connection, parts.runtime.settings.cells, identifier)
        if not _may_see(caller, own):
            raise NotFound("there is no such account")
        found = await statement(connection, own, opened_on, closed_on)
    return AccountStatementShown(
        account,
        found.opened_on,
        found.closed_on,
        found.opening_minor,
        found.closing_minor,
        [_line(parts, line) for line in found.lines],
    )


@get("/v1/ledger/periods", opt=allow(Role.ANALYST, Role.OPERATOR, Role.REGULATOR))
async def list_closed_periods(parts: GivenParts, limit: Limit = LIMIT) -> PeriodsShown:
    """Return closed periods, the newest first."""
    async with parts.runtime.database.reading() as connection:
        return PeriodsShown([_period(one) for one in await list_periods(connection, limit)])


@post(
    "/v1/ledger/periods",
    status_code=201,
    opt=allow_write(Role.OPERATOR),
    dto=StrictBody[PeriodEndAsked],
    return_dto=None,
)
async def propose_end_of_period(
    data: JSONBody[PeriodEndAsked], parts: GivenParts, caller: GivenCaller, command: GivenCommand
) -> PeriodEndProposed:
    """Propose to close the books through a day that is over; another person has to allow it."""
    answer = await propose_period_end(parts.runtime, caller, data.through, command)
    return stored(answer, PeriodEndProposed)


@post(
    "/v1/operations/ledger-periods/{approval:str}/approval",
    status_code=201,
    opt=allow_write(Role.OPERATOR),
)
async def end_period(
    approval: FromPath[str], parts: GivenParts, caller: GivenCaller, command: GivenCommand
) -> PeriodClosed:
    """Close the period that somebody else proposed: nothing is dated there any more."""
    identifier = read_id(parts, "approval", approval)
    answer = await allow_period_end(parts.runtime, caller, identifier, command)
    return stored(answer, PeriodClosed)


def _may_see(caller: Caller, account: Account) -> bool:
    if caller.role is not Role.LENDER:
        return True
    return account.kind in KINDS_OF_LENDERS and account.owner == caller.organisation


def _kind(name: str) -> AccountKind:
    try:
        return AccountKind[name.upper()]
    except KeyError:
        raise BadInput("there is no such kind of account", fields={"kind": "unknown"}) from None


def _shown(parts: Parts, account: Account, has: Standing) -> AccountShown:
    return AccountShown(
        account=parts.runtime.public.show("account", account.id),
        cell=account.cell,
        kind=account.kind.name.lower(),
        owner=account.owner or None,
        product=account.product,
        currency=account.currency,
        balance_minor=has.balance_minor,
        held_debit_minor=has.held_debit_minor,
        held_credit_minor=has.held_credit_minor,
        available_minor=has.available_minor,
        floor_minor=has.floor_minor,
        ceiling_minor=has.ceiling_minor,
    )


def _line(parts: Parts, line: StatementLine) -> LedgerLineShown:
    show = parts.runtime.public.show
    return LedgerLineShown(
        transfer=show("transfer", line.transfer),
        business_date=line.business_date,
        at=line.at,
        code=line.code.name.lower(),
        act=None if line.act is None else line.act.name.lower(),
        counterparty=show("account", line.counterparty),
        amount_minor=line.amount_minor,
        original=None if line.original is None else show("transfer", line.original),
        adjusts=line.adjusts,
    )


def _period(one: Period) -> PeriodShown:
    return PeriodShown(one.cell, one.opened_on, one.closed_on, one.closed_at)


ROUTES = (
    find_trial_balance,
    list_ledger_accounts,
    find_account_statement,
    list_closed_periods,
    propose_end_of_period,
    end_period,
)
