"""Checkout: a merchant asks to be paid, a buyer picks a plan, the lender pays the merchant."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath, JSONBody

from tongtu.channels.rest.apply import FactsStated, internet_address
from tongtu.channels.rest.auth import allow, allow_write
from tongtu.channels.rest.body import StrictBody
from tongtu.channels.rest.command import stored
from tongtu.channels.rest.given import GivenCaller, GivenCommand, GivenParts
from tongtu.channels.rest.ids import read_id
from tongtu.channels.rest.parts import Parts
from tongtu.checkout.api import (
    ITEMS_MAX,
    REFERENCE_MAX,
    Cart,
    Item,
    Purchase,
    find_session,
    purchase_of_session,
    returns_of,
    settle_merchant,
)
from tongtu.checkout.api import GoodsReturn as Returned
from tongtu.identity.api import Role
from tongtu.journey.api import (
    Buying,
    Returning,
    ask_payment,
    buy,
    cancel_purchase,
    capture,
    plans_of,
    return_goods,
)
from tongtu.origination.api import Declared, percent_of_ppm
from tongtu.terms.api import PRINCIPAL_MINOR_MAX

PATH = "/v1/checkout/sessions"
_SEES = allow(Role.MERCHANT, Role.BORROWER, Role.OPERATOR, Role.CLERK, Role.REGULATOR)
Minor = Annotated[int, msgspec.Meta(ge=1, le=PRINCIPAL_MINOR_MAX)]


class ItemStated(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """One line of what is bought."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
    quantity: Annotated[int, msgspec.Meta(ge=1, le=10_000)]
    unit_minor: Minor


class SessionAsked(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What a merchant asks to be paid for; a capture of its own is on the day of signing."""

    reference: Annotated[str, msgspec.Meta(pattern=f"^[A-Za-z0-9_.-]{{1,{REFERENCE_MAX}}}$")]
    items: Annotated[list[ItemStated], msgspec.Meta(min_length=1, max_length=ITEMS_MAX)]
    price_minor: Minor
    is_captured_at_once: bool = True


class SessionOpened(msgspec.Struct, frozen=True):
    """A session that a buyer may be sent to."""

    session: str
    price_minor: int
    expires_at: dt.datetime


class ReturnShown(msgspec.Struct, frozen=True):
    """Goods that come back."""

    payment: str
    amount_minor: int
    rebate_minor: int
    state: str
    date: dt.date


class SessionShown(msgspec.Struct, frozen=True, kw_only=True):
    """A session as its merchant and its buyer see it."""

    session: str
    merchant_zh: str
    merchant_en: str
    reference: str
    items: list[ItemStated]
    price_minor: int
    paid_bps: dict[str, int]
    is_captured_at_once: bool
    expires_at: dt.datetime
    state: str
    merchant_pays_minor: int | None
    returned_minor: int
    returns: list[ReturnShown]


class BuyingAsked(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The buyer's term, device and facts; the amount is the session's price."""

    tenor_months: Annotated[int, msgspec.Meta(ge=1, le=120)]
    device: Annotated[str, msgspec.Meta(pattern="^[A-Za-z0-9_.-]{1,64}$")]
    facts: FactsStated


class PlanShown(msgspec.Struct, frozen=True, kw_only=True):
    """What an offer costs the buyer, all of it, and what the merchant pays instead of them."""

    offer: int
    lender: str
    tenor_months: int
    instalment_minor: int
    last_instalment_minor: int
    total_minor: int
    cost_minor: int
    irr12_percent: str
    effective_percent: str
    paid_by_merchant_minor: int


class GoodsBought(msgspec.Struct, frozen=True):
    """The goods that an application pays for, and what each of its offers costs their buyer."""

    session: str
    merchant_zh: str
    merchant_en: str
    state: str
    returned_minor: int
    plans: list[PlanShown]


class Bought(msgspec.Struct, frozen=True):
    """The decision, and the plans to choose from by the number of their offer."""

    application: str
    outcome: str
    step: str
    plans: list[PlanShown]


class StateShown(msgspec.Struct, frozen=True):
    """Where a purchase stands."""

    state: str


class ReturnAsked(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """How much of the price goes back."""

    amount_minor: Minor


class ReturnBegun(msgspec.Struct, frozen=True):
    """A return whose money is collected from the merchant: the amount less the rebate."""

    payment: str
    amount_minor: int
    rebate_minor: int
    is_whole: bool
    left_minor: int


@post(
    PATH,
    status_code=201,
    opt=allow_write(Role.MERCHANT),
    dto=StrictBody[SessionAsked],
    return_dto=None,
)
async def open_checkout(
    data: JSONBody[SessionAsked], parts: GivenParts, caller: GivenCaller, command: GivenCommand
) -> SessionOpened:
    """Ask to be paid for goods."""
    items = tuple(Item(one.name, one.quantity, one.unit_minor) for one in data.items)
    cart = Cart(data.reference, items, data.price_minor, data.is_captured_at_once)
    return stored(await ask_payment(parts, caller, cart, command), SessionOpened)


@get(f"{PATH}/{{session:str}}", opt=_SEES)
async def find_checkout(
    session: FromPath[str], parts: GivenParts, caller: GivenCaller
) -> SessionShown:
    """Return what is asked for, and what became of it."""
    runtime, identifier = parts.runtime, read_id(parts, "session", session)
    purchase, returns = None, []
    async with runtime.database.reading() as connection:
        found = await find_session(connection, runtime, caller, identifier)
        if found.party is not None:
            cell = runtime.cell(found.party)
            purchase = await purchase_of_session(connection, cell, identifier)
        if purchase is not None:
            returns = await returns_of(connection, purchase.cell, purchase.application)
    pays = None if purchase is None else purchase.subsidy_minor + purchase.fee_minor
    return SessionShown(
        session=session,
        merchant_zh=found.terms.name_zh,
        merchant_en=found.terms.name_en,
        reference=found.reference,
        items=[ItemStated(one.name, one.quantity, one.unit_minor) for one in found.items],
        price_minor=found.price_minor,
        paid_bps={str(months): bps for months, bps in found.terms.paid_bps.items()},
        is_captured_at_once=found.is_captured_at_once,
        expires_at=found.expires_at,
        state=purchase.state.value if purchase else "open",
        # The merchant's own fee is between it and the lender.
        merchant_pays_minor=None if caller.role is Role.BORROWER else pays,
        returned_minor=purchase.returned_minor if purchase else 0,
        returns=[_return(parts, one) for one in returns],
    )


@post(
    f"{PATH}/{{session:str}}/application",
    status_code=201,
    opt=allow_write(Role.BORROWER),
    dto=StrictBody[BuyingAsked],
    return_dto=None,
)
async def apply_for_goods(  # noqa: PLR0913, PLR0917 - litestar gives each by its name
    session: FromPath[str],
    data: JSONBody[BuyingAsked],
    request: Request[Any, Any, Any],
    parts: GivenParts,
    caller: GivenCaller,
    command: GivenCommand,
) -> Bought:
    """Apply for a loan of the session's price; accepting, reading and signing are as ever."""
    identifier = read_id(parts, "session", session)
    declared = Declared(**{name: getattr(data.facts, name) for name in Declared._fields})
    address = internet_address(request.client.host if request.client else "")
    buying = Buying(data.tenor_months, data.device, address, declared)
    found = await buy(parts, caller, identifier, buying, command)
    decided = found["decision"]
    plans = [_plan(one) for one in found["plans"]]
    return Bought(decided["application"], decided["outcome"], decided["step"], plans)


@post(f"{PATH}/{{session:str}}/capture", status_code=200, opt=allow_write(Role.MERCHANT))
async def capture_checkout(
    session: FromPath[str], parts: GivenParts, caller: GivenCaller, command: GivenCommand
) -> StateShown:
    """Let the lender pay what the buyer signed for today."""
    identifier = read_id(parts, "session", session)
    return stored(await capture(parts, caller, identifier, command), StateShown)


@post(f"{PATH}/{{session:str}}/cancellation", status_code=200, opt=allow_write(Role.MERCHANT))
async def cancel_checkout(
    session: FromPath[str], parts: GivenParts, caller: GivenCaller, command: GivenCommand
) -> StateShown:
    """Give up what the buyer signed for and was not captured."""
    identifier = read_id(parts, "session", session)
    return stored(await cancel_purchase(parts.runtime, caller, identifier, command), StateShown)


@post(
    f"{PATH}/{{session:str}}/returns",
    status_code=201,
    opt=allow_write(Role.MERCHANT),
    dto=StrictBody[ReturnAsked],
    return_dto=None,
)
async def return_from_checkout(
    session: FromPath[str],
    data: JSONBody[ReturnAsked],
    parts: GivenParts,
    caller: GivenCaller,
    command: GivenCommand,
) -> ReturnBegun:
    """Give back for goods; the buyer's loan is lowered or unwound when the money has arrived."""
    back = Returning(read_id(parts, "session", session), data.amount_minor)
    return stored(await return_goods(parts, caller, back, command), ReturnBegun)


@get("/v1/merchant-settlements/{day:date}/file", opt=allow(Role.MERCHANT))
async def find_merchant_file(
    day: FromPath[dt.date], parts: GivenParts, caller: GivenCaller
) -> Response[bytes]:
    """Return what moved the caller's money on a closed day, as a file equal to the ledger."""
    async with parts.runtime.database.transaction() as connection:
        made = await settle_merchant(connection, parts.runtime, caller.organisation, day)
    name = f"merchant-{made.merchant}-{day}.csv"
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(made.content, media_type="text/csv; charset=utf-8", headers=headers)


def show_goods(parts: Parts, bought: Purchase | None, offers: list[Any]) -> GoodsBought | None:
    """Return what an application buys; `offers` as the decision shows them; None: no goods."""
    if bought is None:
        return None
    return GoodsBought(
        parts.runtime.public.show("session", bought.session),
        bought.terms.name_zh,
        bought.terms.name_en,
        bought.state.value,
        bought.returned_minor,
        [_plan(one) for one in plans_of(parts, bought, msgspec.to_builtins(offers))],
    )


def _plan(one: dict[str, Any]) -> PlanShown:
    figures = dict(one)
    for name in ("irr12", "effective"):
        figures[f"{name}_percent"] = percent_of_ppm(figures.pop(f"{name}_ppm"))
    return PlanShown(**figures)


def _return(parts: Parts, one: Returned) -> ReturnShown:
    payment = parts.runtime.public.show("payment", one.id)
    return ReturnShown(payment, one.amount_minor, one.rebate_minor, one.state.value, one.value_date)


ROUTES = (
    open_checkout,
    find_checkout,
    apply_for_goods,
    capture_checkout,
    cancel_checkout,
    return_from_checkout,
    find_merchant_file,
)
