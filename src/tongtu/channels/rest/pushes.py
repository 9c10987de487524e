"""Pushes: a person chooses them and sees each beside its consent; a page may ask for one."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import msgspec
from litestar import get, post, put
from litestar.params import JSONBody

from tongtu.channels.rest.auth import allow, allow_write
from tongtu.channels.rest.body import StrictBody
from tongtu.channels.rest.command import stored
from tongtu.channels.rest.given import GivenCaller, GivenCommand, GivenParts
from tongtu.identity.api import Role, once
from tongtu.kernel.errors import Refused
from tongtu.notice.api import Push, PushChoice, choose_pushes, find_choice, list_pushes, push
from tongtu.origination.api import GoodsAsked
from tongtu.runtime.api import Connection
from tongtu.terms.api import PRINCIPAL_MINOR_MAX

LISTED_MAX = 50
_TEMPLATE = "goods_offer"
# The name of goods stands in a message: no address and no number to call fits into it.
Item = Annotated[str, msgspec.Meta(pattern=r"^(?!.*\d{5})[^\W_][\w \-+]{0,39}$")]


class ChoiceMade(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Pushes on or off; whether one studies; whether they may use what is known of one."""

    is_on: bool
    is_student: bool
    is_plain: bool


class ChoiceShown(msgspec.Struct, frozen=True):
    """What a person chose."""

    is_on: bool
    is_student: bool
    is_plain: bool
    changed_at: dt.datetime


class PushShown(msgspec.Struct, frozen=True):
    """A push that was sent, the consent it stands on, and why it was sent."""

    template: str
    consent: str
    consent_version: str
    reason: str
    is_plain: bool
    at: dt.datetime


class PushesShown(msgspec.Struct, frozen=True):
    """The choice, null before the first one, and the newest pushes."""

    choice: ChoiceShown | None
    items: list[PushShown]
    next: str | None


class PushAsked(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What stands on the page the person looks at."""

    merchant: Annotated[str, msgspec.Meta(pattern="^[a-z0-9_-]{1,40}$")]
    item: Item
    price_minor: Annotated[int, msgspec.Meta(ge=1, le=PRINCIPAL_MINOR_MAX)]


class PushSent(msgspec.Struct, frozen=True):
    """That it was sent."""

    is_sent: bool


@get("/v1/me/pushes", opt=allow(Role.BORROWER))
async def find_pushes(parts: GivenParts, caller: GivenCaller) -> PushesShown:
    """Return one's own choice and the newest fifty pushes, each beside its consent."""
    show = parts.runtime.public.show
    async with parts.runtime.database.reading() as connection:
        choice = await find_choice(connection, caller.cell, caller.subject)
        sent = await list_pushes(connection, caller.cell, caller.subject, LISTED_MAX)
    return PushesShown(
        None if choice is None else _choice(choice),
        [
            PushShown(
                one.template,
                show("consent", one.consent),
                one.consent_version,
                one.reason,
                one.is_plain,
                one.at,
            )
            for one in sent
        ],
        None,
    )


@put(
    "/v1/me/pushes",
    opt=allow_write(Role.BORROWER),
    dto=StrictBody[ChoiceMade],
    return_dto=None,
)
async def choose_own_pushes(
    data: JSONBody[ChoiceMade], parts: GivenParts, caller: GivenCaller, command: GivenCommand
) -> ChoiceShown:
    """Choose; off works at once. On sends nothing yet: that takes a marketing consent too."""
    runtime = parts.runtime

    async def effect(connection: Connection) -> bytes:
        choice = PushChoice(
            caller.subject, data.is_on, data.is_student, data.is_plain, runtime.clock.now()
        )
        await choose_pushes(connection, caller.cell, choice)
        return msgspec.json.encode(_choice(choice))

    return stored(await once(runtime, caller, "choose_pushes", command, effect), ChoiceShown)


@post(
    "/v1/me/pushes",
    status_code=201,
    opt=allow_write(Role.BORROWER),
    dto=StrictBody[PushAsked],
    return_dto=None,
)
async def ask_push(
    data: JSONBody[PushAsked], parts: GivenParts, caller: GivenCaller, command: GivenCommand
) -> PushSent:
    """Push the instalments of what the person looks at, if every rule of a push lets it."""
    runtime = parts.runtime
    merchant = parts.merchants.named(data.merchant)
    paid = tuple(merchant.terms.paid_bps.items())
    if not await parts.goods.submit(GoodsAsked(data.price_minor, paid)):
        raise Refused("nobody lends for this price", code="product_not_offered")
    reason = f"您正在浏览 / you look at {merchant.id}"
    wish = Push(caller.subject, _TEMPLATE, {"item": data.item}, reason)

    async def effect(connection: Connection) -> bytes:
        await push(connection, runtime, parts.pack, wish)
        return msgspec.json.encode(PushSent(is_sent=True))

    return stored(await once(runtime, caller, "ask_push", command, effect), PushSent)


def _choice(choice: PushChoice) -> ChoiceShown:
    return ChoiceShown(choice.is_on, choice.is_student, choice.is_plain, choice.changed_at)


ROUTES = (find_pushes, choose_own_pushes, ask_push)
