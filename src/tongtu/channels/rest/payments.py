"""Payments as their people see them; breaks, reconciliation and second payouts for operators."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Annotated

import msgspec
from litestar import get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from tongtu.channels.rest.auth import allow, allow_write
from tongtu.channels.rest.body import StrictBody
from tongtu.channels.rest.command import stored
from tongtu.channels.rest.given import GivenCaller, GivenCommand, GivenParts
from tongtu.channels.rest.ids import AFTER, LIMIT, After, Limit, read_after, read_id
from tongtu.channels.rest.parts import Parts
from tongtu.identity.api import Role, once
from tongtu.journey.api import House, match_statements, pay_again, propose_payout
from tongtu.kernel.errors import NotReady
from tongtu.payments.api import (
    BreakEvent,
    BreakRow,
    Instruction,
    PaymentState,
    Sought,
    Wanted,
    close_break,
    enter_anew,
    find_payment,
    histories,
    list_breaks,
    list_payments,
)
from tongtu.runtime.api import Connection

_STAFF = (Role.OPERATOR, Role.CLERK, Role.REGULATOR)


class PaymentShown(msgspec.Struct, frozen=True):
    """A payment and where it stands."""

    payment: str
    kind: str
    state: str
    amount_minor: int
    value_date: dt.date
    lender: int
    attempts: int
    bank_reference: str | None
    reason: str | None


class PaymentsShown(msgspec.Struct, frozen=True):
    """A page of payments."""

    items: list[PaymentShown]
    next: str | None


class BreakHappened(msgspec.Struct, frozen=True):
    """What happened to a break; `by` is the person who closed it, none when nobody had to."""

    what: str
    at: dt.datetime
    amount_minor: int
    by: str | None
    reason: str | None


class BreakShown(msgspec.Struct, frozen=True):
    """A difference between the bank's books and ours: whose it is, how old, how much, its story."""

    id: str
    kind: str
    owner: str
    lender: int
    day: dt.date
    payment: str
    reference: str
    amount_minor: int
    opened_at: dt.datetime
    age_days: int
    closed_at: dt.datetime | None
    reason: str | None
    history: list[BreakHappened] = []  # empty in an answer that was kept before there was one


class BreaksShown(msgspec.Struct, frozen=True):
    """A page of breaks, oldest first."""

    items: list[BreakShown]
    next: str | None


class ClosingAsked(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Why a break is closed."""

    reason: Annotated[str, msgspec.Meta(min_length=3, max_length=500, pattern=r"^[^\x00-\x1f]+$")]


class ReconciliationAsked(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Up to which day the bank's books are read."""

    day: dt.date


class LenderMatched(msgspec.Struct, frozen=True):
    """One lender's statements; `is_read` false when the bank did not give the last."""

    lender: int
    is_read: bool
    entries: int
    matched: int
    breaks: int
    closing_minor: int | None


class Reconciled(msgspec.Struct, frozen=True):
    """What the statements of a day came to."""

    day: dt.date
    lenders: list[LenderMatched]


class PayoutAsked(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The case whose refused payout is to be made once more."""

    application: str


class PayoutProposed(msgspec.Struct, frozen=True):
    """What a second person has to allow."""

    approval: str
    payment: str


class PayoutMade(msgspec.Struct, frozen=True):
    """The new payment, on its way."""

    payment: str
    state: str


@get("/v1/payments/{payment:str}", opt=allow(Role.BORROWER, Role.LENDER, *_STAFF))
async def find_own_payment(
    payment: FromPath[str], parts: GivenParts, caller: GivenCaller
) -> PaymentShown:
    """Return a payment of the caller's own."""
    identifier = read_id(parts, "payment", payment)
    cell = parts.runtime.cell(identifier)
    async with parts.runtime.database.reading() as connection:
        return _payment(await find_payment(connection, cell, caller, identifier))


@get("/v1/operations/payments", opt=allow(*_STAFF))
async def list_all_payments(
    parts: GivenParts,
    standing: Annotated[
        PaymentState | None, QueryParameter(name="state", description="only of this state")
    ] = None,
    limit: Limit = LIMIT,
    after: After = AFTER,
) -> PaymentsShown:
    """Return payments of all cells, oldest first."""
    sought = Sought(read_after(parts, "payment", after), standing, limit + 1)
    async with parts.runtime.database.reading() as connection:
        found = await list_payments(connection, sought)
    items = [_payment(one) for one in found[:limit]]
    return PaymentsShown(items, items[-1].payment if len(found) > limit else None)


@get("/v1/operations/breaks", opt=allow(Role.OPERATOR, Role.ANALYST, Role.REGULATOR))
async def list_all_breaks(
    parts: GivenParts,
    closed: Annotated[bool, QueryParameter(description="closed ones, too")] = False,
    limit: Limit = LIMIT,
    after: After = AFTER,
) -> BreaksShown:
    """Return what is open between the bank's books and ours."""
    wanted = Wanted(read_after(parts, "break", after), None, not closed, limit + 1)
    async with parts.runtime.database.reading() as connection:
        found = await list_breaks(connection, wanted)
        told = await histories(connection, found[:limit])
    items = [_break(parts, one, told[one.id]) for one in found[:limit]]
    return BreaksShown(items, items[-1].id if len(found) > limit else None)


@post(
    "/v1/operations/breaks/{number:str}/closing",
    status_code=200,
    opt=allow_write(Role.OPERATOR),
    dto=StrictBody[ClosingAsked],
    return_dto=None,
)
async def close_one_break(
    number: FromPath[str],
    data: JSONBody[ClosingAsked],
    parts: GivenParts,
    caller: GivenCaller,
    command: GivenCommand,
) -> BreakShown:
    """Close a break with a reason; what the books hold is not changed by it."""
    identifier, runtime = read_id(parts, "break", number), parts.runtime

    async def effect(connection: Connection) -> bytes:
        closed = await close_break(connection, runtime, caller, identifier, data.reason)
        told = await histories(connection, [closed])
        return msgspec.json.encode(_break(parts, closed, told[closed.id]))

    return stored(await once(runtime, caller, "close_break", command, effect), BreakShown)


@post("/v1/operations/breaks/{number:str}/entry", status_code=202, opt=allow_write(Role.OPERATOR))
async def enter_payment_anew(
    number: FromPath[str], parts: GivenParts, caller: GivenCaller, command: GivenCommand
) -> BreakShown:
    """Let what the ledger refused be entered anew; its break closes when the books have it."""
    identifier, runtime = read_id(parts, "break", number), parts.runtime

    async def effect(connection: Connection) -> bytes:
        row = await enter_anew(connection, runtime, caller, identifier)
        told = await histories(connection, [row])
        return msgspec.json.encode(_break(parts, row, told[row.id]))

    return stored(await once(runtime, caller, "enter_anew", command, effect), BreakShown)


@post(
    "/v1/operations/reconciliations",
    status_code=200,
    opt=allow_write(Role.OPERATOR),
    dto=StrictBody[ReconciliationAsked],
    return_dto=None,
)
async def reconcile_day(
    data: JSONBody[ReconciliationAsked],
    parts: GivenParts,
    caller: GivenCaller,
    command: GivenCommand,
) -> Reconciled:
    """Read every lender's statements up to a day and match them.

    Reading is safe to repeat; the first answer is kept under the key.
    """
    if parts.bank is None:
        raise NotReady("no bank's books can be read here")
    lenders = [one.number for one in parts.book.everybody()]
    found = await match_statements(parts.runtime, parts.bank, lenders, data.day)
    lenders_matched = [
        LenderMatched(
            one.lender, one.is_read, one.entries, one.matched, one.breaks, one.closing_minor
        )
        for one in found
    ]

    async def keep(_: Connection) -> bytes:
        return msgspec.json.encode(Reconciled(data.day, lenders_matched))

    return stored(await once(parts.runtime, caller, "reconcile", command, keep), Reconciled)


@post(
    "/v1/operations/second-payouts",
    status_code=201,
    opt=allow_write(Role.OPERATOR),
    dto=StrictBody[PayoutAsked],
    return_dto=None,
)
async def propose_second_payout(
    data: JSONBody[PayoutAsked], parts: GivenParts, caller: GivenCaller, command: GivenCommand
) -> PayoutProposed:
    """Propose to make a payout that the bank refused once more."""
    application = read_id(parts, "application", data.application)
    answer = await propose_payout(parts.runtime, caller, application, command)
    return stored(answer, PayoutProposed)


@post(
    "/v1/operations/second-payouts/{approval:str}/approval",
    status_code=201,
    opt=allow_write(Role.OPERATOR),
)
async def make_second_payout(
    approval: FromPath[str], parts: GivenParts, caller: GivenCaller, command: GivenCommand
) -> PayoutMade:
    """Allow what somebody else proposed, after a clear no of the bank, and pay."""
    house = House(parts.runtime, parts.all_laws, parts.book)
    answer = await pay_again(house, caller, read_id(parts, "approval", approval), command)
    return stored(answer, PayoutMade)


def _payment(one: Instruction) -> PaymentShown:
    return PaymentShown(
        payment=one.end_to_end_id,
        kind=one.kind.value,
        state=one.state.value,
        amount_minor=one.amount_minor,
        value_date=one.value_date,
        lender=one.lender,
        attempts=one.attempts,
        bank_reference=one.bank_reference,
        reason=one.reason,
    )


def _break(parts: Parts, row: BreakRow, history: Sequence[BreakEvent]) -> BreakShown:
    found, until = row.found, row.closed_at or parts.runtime.clock.now()
    return BreakShown(
        id=parts.runtime.public.show("break", row.id),
        kind=found.kind.value,
        owner=found.owner.value,
        lender=found.lender,
        day=found.day,
        payment=found.end_to_end_id,
        reference=found.reference,
        amount_minor=found.amount_minor,
        opened_at=row.opened_at,
        age_days=(until - row.opened_at).days,
        closed_at=row.closed_at,
        reason=row.reason,
        history=[
            BreakHappened(
                one.what, one.at, one.amount_minor,
                None if one.by is None else parts.runtime.public.show("staff", one.by),
                one.reason,
            )
            for one in history
        ],
    )  # fmt: skip


ROUTES = (
    find_own_payment,
    list_all_payments,
    list_all_breaks,
    close_one_break,
    enter_payment_anew,
    reconcile_day,
    propose_second_payout,
    make_second_payout,
)
