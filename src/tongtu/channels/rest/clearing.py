"""What a person clears: messages that always fail, disputed payments, what a merchant is owed."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import msgspec
from litestar import get, post
from litestar.params import FromPath, JSONBody

from tongtu.channels.rest.auth import allow, allow_write
from tongtu.channels.rest.body import StrictBody
from tongtu.channels.rest.command import stored
from tongtu.channels.rest.given import GivenCaller, GivenCommand, GivenParts
from tongtu.channels.rest.ids import LIMIT, Limit, read_id
from tongtu.identity.api import Role, once
from tongtu.journey.api import (
    allow_verdict,
    pay_merchant_back,
    propose_payback,
    propose_verdict,
)
from tongtu.payments.api import Verdict, list_parked, take_up
from tongtu.runtime.api import Connection


class ParkedShown(msgspec.Struct, frozen=True):
    """A message of the bank that is not tried any more: how often it was, what failed last."""

    event: str
    attempts: int
    note: str | None
    received_at: dt.datetime


class ParkedPage(msgspec.Struct, frozen=True):
    """The messages that wait longest; the list is short, or something is badly wrong."""

    items: list[ParkedShown]


class TakenUp(msgspec.Struct, frozen=True):
    """A message that is worked through anew."""

    event: str
    state: str


class VerdictAsked(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What became of a disputed payment, and how one knows."""

    has_moved: bool
    reason: Annotated[str, msgspec.Meta(min_length=3, max_length=500, pattern=r"^[^\x00-\x1f]+$")]


class VerdictProposed(msgspec.Struct, frozen=True):
    """What a second person has to agree with."""

    approval: str
    payment: str
    state: str


class DisputeEnded(msgspec.Struct, frozen=True):
    """A payment that is disputed no more."""

    payment: str
    state: str


class PaybackProposed(msgspec.Struct, frozen=True):
    """What a second person has to allow: so much to the merchant's account."""

    approval: str
    amount_minor: int
    account: str


class PaybackMade(msgspec.Struct, frozen=True):
    """A payment on its way to a merchant; it is in its file once the bank has paid."""

    payment: str
    state: str


@get("/v1/operations/bank-messages/parked", opt=allow(Role.OPERATOR, Role.REGULATOR))
async def list_parked_messages(parts: GivenParts, limit: Limit = LIMIT) -> ParkedPage:
    """Return the bank's messages that failed too often."""
    async with parts.runtime.database.reading() as connection:
        found = await list_parked(connection, limit)
    return ParkedPage(
        [ParkedShown(one.event, one.attempts, one.note, one.received_at) for one in found]
    )


@post(
    "/v1/operations/bank-messages/{event:str}/retry",
    status_code=200,
    opt=allow_write(Role.OPERATOR),
)
async def retry_message(
    event: FromPath[str], parts: GivenParts, caller: GivenCaller, command: GivenCommand
) -> TakenUp:
    """Let a parked message be worked through anew, once what made it fail is mended."""
    runtime = parts.runtime

    async def effect(connection: Connection) -> bytes:
        await take_up(connection, runtime, caller, event)
        return msgspec.json.encode({"event": event, "state": "stored"})

    return stored(await once(runtime, caller, "retry_bank_message", command, effect), TakenUp)


@post(
    "/v1/operations/payments/{payment:str}/verdict",
    status_code=201,
    opt=allow_write(Role.OPERATOR, Role.CLERK),
    dto=StrictBody[VerdictAsked],
    return_dto=None,
)
async def propose_payment_verdict(
    payment: FromPath[str],
    data: JSONBody[VerdictAsked],
    parts: GivenParts,
    caller: GivenCaller,
    command: GivenCommand,
) -> VerdictProposed:
    """Say whether a disputed payment's money moved; the bank's books have to bear it out."""
    verdict = Verdict(read_id(parts, "payment", payment), data.has_moved, data.reason)
    answer = await propose_verdict(parts.runtime, caller, verdict, command)
    return stored(answer, VerdictProposed)


@post(
    "/v1/operations/payment-verdicts/{approval:str}/approval",
    status_code=200,
    opt=allow_write(Role.OPERATOR),
)
async def allow_payment_verdict(
    approval: FromPath[str], parts: GivenParts, caller: GivenCaller, command: GivenCommand
) -> DisputeEnded:
    """Agree with what somebody else said of a disputed payment: it is settled or rejected."""
    identifier = read_id(parts, "approval", approval)
    answer = await allow_verdict(parts.runtime, caller, identifier, command)
    return stored(answer, DisputeEnded)


@post(
    "/v1/operations/breaks/{number:str}/payback",
    status_code=201,
    opt=allow_write(Role.OPERATOR),
)
async def propose_merchant_payback(
    number: FromPath[str], parts: GivenParts, caller: GivenCaller, command: GivenCommand
) -> PaybackProposed:
    """Propose to pay a merchant what it paid twice; the break says how much."""
    identifier = read_id(parts, "break", number)
    answer = await propose_payback(parts.runtime, caller, identifier, command)
    return stored(answer, PaybackProposed)


@post(
    "/v1/operations/merchant-paybacks/{approval:str}/approval",
    status_code=201,
    opt=allow_write(Role.OPERATOR),
)
async def make_merchant_payback(
    approval: FromPath[str], parts: GivenParts, caller: GivenCaller, command: GivenCommand
) -> PaybackMade:
    """Allow what somebody else proposed: the merchant is paid, once."""
    identifier = read_id(parts, "approval", approval)
    answer = await pay_merchant_back(parts.runtime, caller, identifier, command)
    return stored(answer, PaybackMade)


ROUTES = (
    list_parked_messages,
    retry_message,
    propose_payment_verdict,
    allow_payment_verdict,
    propose_merchant_payback,
    make_merchant_payback,
)
