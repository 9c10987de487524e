"""Changes of a loan by staff: preview, proposal, and a second person's word that books it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Annotated, Literal

import msgspec
from litestar import get, post
from litestar.params import FromPath, JSONBody

from tongtu.channels.rest.auth import allow, allow_write
from tongtu.channels.rest.body import StrictBody
from tongtu.channels.rest.command import stored
from tongtu.channels.rest.given import GivenCaller, GivenCommand, GivenParts
from tongtu.channels.rest.ids import AFTER, LIMIT, After, Limit, read_after, read_id
from tongtu.channels.rest.loans import InstalmentShown
from tongtu.identity.api import Role
from tongtu.journey.api import (
    ask_for_relief,
    decline_relief,
    make_change,
    preview_change_of_loan,
    propose_change,
)
from tongtu.kernel.errors import BadInput
from tongtu.runtime.api import business_date
from tongtu.servicing.api import (
    Change,
    Charge,
    Component,
    EventKind,
    OtherWay,
    Pause,
    ReAge,
    Reschedule,
    Target,
    open_wishes,
)
from tongtu.terms.api import Every

AMOUNT_MINOR_MAX = 10**10
COUNT_MAX = 60
Count = Annotated[int, msgspec.Meta(ge=0, le=COUNT_MAX)]
Kind = Literal[
    "reschedule", "re_age", "re_amortise", "interest_pause", "rate_change", "hardship_plan",
    "charge", "waiver", "undo", "chargeback", "refund", "refund_of_balance", "charge_off",
    "write_off",
]  # fmt: skip


class ChangeAsked(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """A change of a loan; which fields it needs depends on its kind."""

    kind: Kind
    from_date: dt.date | None = None  # first day it holds; unsaid, today
    until: dt.date | None = None  # last day of a pause; due date of a charge
    moved_to: dt.date | None = None  # where the first instalment from `from_date` moves
    rest_instalments: Count = 0  # that ask for no principal; as many follow at the end
    interest_rest_instalments: Count = 0  # whose interest waits
    extra_instalments: Count = 0
    rate_bps: Annotated[int, msgspec.Meta(ge=0, le=10_000)] | None = None
    instalments: Annotated[int, msgspec.Meta(ge=1, le=COUNT_MAX)] = 1  # of a re-ageing
    seq: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] | None = None  # the event it is about
    amount_minor: Annotated[int, msgspec.Meta(ge=0, le=AMOUNT_MINOR_MAX)] = 0
    is_penalty: bool = False
    # Of a refund of the balance that reached the borrower without our bank: how.
    how: Annotated[str, msgspec.Meta(min_length=3, max_length=200)] | None = None


class ChangedShown(msgspec.Struct, frozen=True):
    """A loan after a change: as previewed, as booked; `payment` is a refund's, on its way."""

    loan: str
    kind: str
    seq: int
    date: dt.date
    amount_minor: int
    state: str
    outstanding_minor: int
    payoff_minor: int
    owed_back_minor: int
    given_up_minor: int
    payment: str | None
    schedule: list[InstalmentShown]


class ChangeProposed(msgspec.Struct, frozen=True):
    """What a second person has to allow."""

    approval: str
    preview: ChangedShown


class ReliefAsked(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """How many instalments shall ask for no principal, and why."""

    rest_instalments: Annotated[int, msgspec.Meta(ge=1, le=6)]
    reason: Literal["illness", "job_lost", "income_fell", "disaster", "other"]


class ReliefWeighed(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """How many instalments might ask for no principal."""

    rest_instalments: Annotated[int, msgspec.Meta(ge=1, le=6)]


class ReliefShown(msgspec.Struct, frozen=True):
    """A wish for relief that waits for people."""

    relief: str
    state: str


class ReliefRefused(msgspec.Struct, frozen=True):
    """A loan whose borrower's wish was refused."""

    loan: str
    state: str


class ReliefItem(msgspec.Struct, frozen=True):
    """A wish for relief as staff see it."""

    relief: str
    loan: str
    rest_instalments: int
    reason: str
    asked_at: dt.datetime


class ReliefWaiting(msgspec.Struct, frozen=True):
    """A page of wishes that wait."""

    items: list[ReliefItem]
    next: str | None


@post(
    "/v1/loans/{loan:str}/changes/preview",
    status_code=200,
    opt=allow(Role.CLERK, Role.OPERATOR),
    dto=StrictBody[ChangeAsked],
    return_dto=None,
)
async def preview_one_change(
    loan: FromPath[str], data: JSONBody[ChangeAsked], parts: GivenParts, caller: GivenCaller
) -> ChangedShown:
    """Return how the loan would stand after a change of today; nothing is written."""
    identifier = read_id(parts, "loan", loan)
    change = await _change(parts, data)
    found = await preview_change_of_loan(parts.runtime, caller, identifier, change)
    return msgspec.convert(found, ChangedShown)


@post(
    "/v1/loans/{loan:str}/changes",
    status_code=201,
    opt=allow_write(Role.CLERK, Role.OPERATOR),
    dto=StrictBody[ChangeAsked],
    return_dto=None,
)
async def propose_one_change(
    loan: FromPath[str],
    data: JSONBody[ChangeAsked],
    parts: GivenParts,
    caller: GivenCaller,
    command: GivenCommand,
) -> ChangeProposed:
    """Propose a change; another person has to allow it within three days."""
    identifier = read_id(parts, "loan", loan)
    change = await _change(parts, data)
    answer = await propose_change(parts.runtime, caller, identifier, change, command)
    return stored(answer, ChangeProposed)


@post(
    "/v1/operations/loan-changes/{approval:str}/approval",
    status_code=201,
    opt=allow_write(Role.OPERATOR),
)
async def make_one_change(
    approval: FromPath[str], parts: GivenParts, caller: GivenCaller, command: GivenCommand
) -> ChangedShown:
    """Allow what somebody else proposed: the loan is changed and its books follow."""
    identifier = read_id(parts, "approval", approval)
    answer = await make_change(parts.runtime, caller, identifier, command)
    return stored(answer, ChangedShown)


@post(
    "/v1/loans/{loan:str}/relief/preview",
    status_code=200,
    opt=allow(Role.BORROWER),
    dto=StrictBody[ReliefWeighed],
    return_dto=None,
)
async def preview_own_relief(
    loan: FromPath[str], data: JSONBody[ReliefWeighed], parts: GivenParts, caller: GivenCaller
) -> ChangedShown:
    """Return how one's own loan would stand with such a rest; nothing is asked or written."""
    identifier = read_id(parts, "loan", loan)
    change = await _change(
        parts, ChangeAsked(kind="hardship_plan", rest_instalments=data.rest_instalments)
    )
    found = await preview_change_of_loan(parts.runtime, caller, identifier, change)
    return msgspec.convert(found, ChangedShown)


@post(
    "/v1/loans/{loan:str}/relief",
    status_code=201,
    opt=allow_write(Role.BORROWER),
    dto=StrictBody[ReliefAsked],
    return_dto=None,
)
async def ask_own_relief(
    loan: FromPath[str],
    data: JSONBody[ReliefAsked],
    parts: GivenParts,
    caller: GivenCaller,
    command: GivenCommand,
) -> ReliefShown:
    """Ask for some instalments without principal; people decide."""
    identifier = read_id(parts, "loan", loan)
    wish = (data.rest_instalments, data.reason)
    answer = await ask_for_relief(parts.runtime, caller, identifier, wish, command)
    return stored(answer, ReliefShown)


@get("/v1/operations/relief", opt=allow(Role.CLERK, Role.OPERATOR))
async def list_relief(
    parts: GivenParts, limit: Limit = LIMIT, after: After = AFTER
) -> ReliefWaiting:
    """Return the wishes for relief that wait, oldest first."""
    start, public = read_after(parts, "relief", after), parts.runtime.public
    async with parts.runtime.database.reading() as connection:
        found = await open_wishes(connection, start, limit + 1)
    items = [
        ReliefItem(
            relief=public.show("relief", one.id),
            loan=public.show("loan", one.loan),
            rest_instalments=one.rest_instalments,
            reason=one.reason.value,
            asked_at=one.asked_at,
        )
        for one in found[:limit]
    ]
    return ReliefWaiting(items, items[-1].relief if len(found) > limit else None)


@post("/v1/loans/{loan:str}/relief/refusal", status_code=201, opt=allow_write(Role.OPERATOR))
async def decline_one_relief(
    loan: FromPath[str], parts: GivenParts, caller: GivenCaller, command: GivenCommand
) -> ReliefRefused:
    """Refuse the wish that waits on a loan."""
    identifier = read_id(parts, "loan", loan)
    answer = await decline_relief(parts.runtime, caller, identifier, command)
    return stored(answer, ReliefRefused)


async def _change(parts: GivenParts, asked: ChangeAsked) -> Change:
    async with parts.runtime.database.reading() as connection:
        today = await business_date(connection)
    return _READ[asked.kind](asked, asked.from_date or today, today)


def _reschedule(asked: ChangeAsked, start: dt.date, today: dt.date) -> Change:
    rate = None if asked.rate_bps is None else Decimal(asked.rate_bps)
    details = Reschedule(
        start,
        asked.moved_to,
        asked.rest_instalments,
        asked.interest_rest_instalments,
        asked.extra_instalments,
        rate,
    )
    if details == Reschedule(start):
        raise BadInput("this change changes nothing", fields={"kind": asked.kind})
    return Change(EventKind.RESCHEDULED, today, details)


def _re_age(asked: ChangeAsked, start: dt.date, today: dt.date) -> Change:
    return Change(EventKind.RE_AGED, today, ReAge(start, Every(1), asked.instalments))


def _pause(asked: ChangeAsked, start: dt.date, today: dt.date) -> Change:
    if asked.until is None:
        raise BadInput("a pause has a last day", fields={"until": "date"})
    return Change(EventKind.INTEREST_PAUSED, today, Pause(start, asked.until))


def _charge(asked: ChangeAsked, start: dt.date, today: dt.date) -> Change:
    component = Component.PENALTY if asked.is_penalty else Component.FEE
    details = Charge(component, asked.until or start)
    return Change(EventKind.CHARGED, today, details, asked.amount_minor)


def _about(kind: EventKind) -> Callable[[ChangeAsked, dt.date, dt.date], Change]:
    def read(asked: ChangeAsked, _: dt.date, today: dt.date) -> Change:
        if asked.seq is None:
            raise BadInput("it names the event it is about", fields={"seq": "number"})
        return Change(kind, today, Target(asked.seq), asked.amount_minor)

    return read


def _plain(kind: EventKind) -> Callable[[ChangeAsked, dt.date, dt.date], Change]:
    def read(asked: ChangeAsked, _: dt.date, today: dt.date) -> Change:
        return Change(kind, today, None, asked.amount_minor)

    return read


def _refund_of_balance(asked: ChangeAsked, _: dt.date, today: dt.date) -> Change:
    details = None if asked.how is None else OtherWay(asked.how)
    return Change(EventKind.BALANCE_REFUNDED, today, details, asked.amount_minor)


_READ: Mapping[str, Callable[[ChangeAsked, dt.date, dt.date], Change]] = {
    "reschedule": _reschedule,
    "rate_change": _reschedule,
    "hardship_plan": _reschedule,
    "re_age": _re_age,
    "re_amortise": _plain(EventKind.RE_AMORTIZED),
    "interest_pause": _pause,
    "charge": _charge,
    "waiver": _about(EventKind.CHARGE_WAIVED),
    "undo": _about(EventKind.UNDONE),
    "chargeback": _about(EventKind.CHARGED_BACK),
    "refund": _plain(EventKind.CASH_REFUNDED),
    "refund_of_balance": _refund_of_balance,
    "charge_off": _plain(EventKind.CHARGED_OFF),
    "write_off": _plain(EventKind.WRITTEN_OFF),
}
ROUTES = (
    preview_one_change,
    propose_one_change,
    make_one_change,
    preview_own_relief,
    ask_own_relief,
    list_relief,
    decline_one_relief,
)
