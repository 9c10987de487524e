"""From a merchant's session to its money, and back again when goods come back.

A buyer's application is an ordinary one, decided by the decision lane; what differs is whose
account the payout goes to, and who pays a part of the interest.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Protocol

import msgspec

from tongtu.checkout.api import (
    Back,
    Cart,
    Merchants,
    Purchase,
    PurchaseState,
    Session,
    ask_back,
    authorised_until,
    begin,
    claim_session,
    find_session,
    hold_purchase,
    note_application,
    open_session,
    purchase_of_session,
    subsidy_minor,
)
from tongtu.contracts.api import Agreement, agreement_of_application
from tongtu.identity.api import Caller, CommandKey, once
from tongtu.journey.apply import Asked, apply
from tongtu.journey.case import move_on, step_of
from tongtu.journey.needs import Asking, Deciding, Lending, UnderLaw
from tongtu.journey.payout import give_up, pay
from tongtu.journey.steps import Event, Step
from tongtu.kernel.errors import Broken, Conflict, NotFound
from tongtu.kernel.ids import id_shard
from tongtu.origination.api import Declared
from tongtu.payments.api import Instruction, PaymentKind, collect
from tongtu.runtime.api import Connection, Runtime, business_date
from tongtu.servicing.api import share_books
from tongtu.terms.api import quote

PRODUCT, PURPOSE = "goods_instalment", "goods"
FREE_DAYS = "goods_return_free_days"
# Purchases that lapse are taken a few at a time, each in a commit of its own.
LAPSE_PAGE = 100
_BPS_PER_PERCENT = 100
# Where an application stands that its buyer may leave for another of the same session.
_OPEN = frozenset({Step.OFFERS, Step.DECLINED, Step.REVIEW, Step.EXPIRED, Step.CANCELLED})


class Shop(Asking, Deciding, Lending, UnderLaw, Protocol):
    """What checkout needs of the running platform."""

    @property
    def merchants(self) -> Merchants: ...


@dataclass(frozen=True, slots=True)
class Buying:
    """What a buyer says: over how many months, and of themselves."""

    tenor_months: int
    device: str
    address: str  # of the internet, as the connection has it
    declared: Declared


async def ask_payment(shop: Shop, caller: Caller, cart: Cart, key: CommandKey) -> bytes:
    """Open a checkout session of the caller's own shop; return {"session", ...} as JSON.

    Raises:
        BadInput: the items do not come to the price.
        Conflict: the shop's reference was used before (`reference_used`).
    """
    runtime = shop.runtime
    merchant = shop.merchants.find(caller.organisation)

    async def effect(connection: Connection) -> bytes:
        opened = await open_session(connection, runtime, merchant, cart)
        return msgspec.json.encode(
            {
                "session": runtime.public.show("session", opened.id),
                "price_minor": opened.price_minor,
                "expires_at": opened.expires_at,
            }
        )

    return await once(runtime, caller, "open_session", key, effect)


async def buy(
    shop: Shop, caller: Caller, session: int, buying: Buying, key: CommandKey
) -> dict[str, Any]:
    """Apply for a loan of exactly the session's price, and bind the session to the caller.

    The same key gives the same application. Returns the decision, and as `plans` what each offer
    is to the buyer once the merchant has paid its part.

    Raises:
        NotFound: no such session.
        Conflict: somebody else buys it, it went on already, or it is too late (`session_closed`).
        As `apply`.
    """
    runtime = shop.runtime
    claimed = await claim_session(runtime, caller, session)
    declared = buying.declared._replace(price_minor=claimed.price_minor)
    asked = Asked(
        key=key.key,
        body_hash=key.body_hash,
        product=PRODUCT,
        amount_minor=claimed.price_minor,
        tenor_months=buying.tenor_months,
        purpose=PURPOSE,
        device=buying.device,
        address=buying.address,
        declared=declared,
    )
    answer = await apply(shop, caller, asked)
    decided: dict[str, Any] = msgspec.json.decode(answer.body)
    application = runtime.public.read("application", decided["application"])

    async def effect(connection: Connection) -> bytes:
        before = await purchase_of_session(connection, caller.cell, session)
        if before is not None and before.application != application:
            # An offer that was taken is gone on with; only one that was not makes room.
            if await step_of(connection, runtime, before.application) not in _OPEN:
                raise Conflict("this is bought already", code="session_closed")
        await begin(connection, runtime, claimed, (caller.subject, application))
        return answer.body

    await once(runtime, caller, "buy", key, effect)
    await note_application(runtime, caller, session, application)
    return {"decision": decided, "plans": plans_of(shop, claimed, decided["offers"])}


def plans_of(
    shop: Shop, session: Session | Purchase, offers: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Return what each offer of an answer is to the buyer; a joint lender pays no merchants."""
    joint = {one.code for one in shop.book.programs() if one.joint is not None}
    return [_plan(session, offer) for offer in offers if offer["program"] not in joint]


def _plan(session: Session | Purchase, offer: dict[str, Any]) -> dict[str, Any]:
    amount, months = offer["amount_minor"], offer["tenor_months"]
    rate = int(Decimal(offer["rate_percent"]) * _BPS_PER_PERCENT)
    buyer = session.terms.buyer_rate_bps(rate, months)
    own = quote(amount, buyer, months, offer["fee_monthly_minor"])
    return {
        "offer": offer["n"],
        "lender": offer["lender"]["id"],
        "tenor_months": months,
        "instalment_minor": own.instalment_minor,
        "last_instalment_minor": own.last_minor,
        "total_minor": own.total_minor,
        "cost_minor": own.cost_minor,
        "irr12_ppm": own.irr12_ppm,
        "effective_ppm": own.effective_ppm,
        "paid_by_merchant_minor": subsidy_minor(session.terms, amount, rate, months),
    }


async def capture(shop: Shop, caller: Caller, session: int, key: CommandKey) -> bytes:
    """Let the lender's money go to the merchant: it ships; return {"state"} as JSON.

    Raises:
        NotFound: no such session of the caller's.
        Conflict: nothing is authorised (`wrong_step`), or its day is over (`lapsed`).
        Refused: the pack does not release the money.
    """
    runtime = shop.runtime

    async def effect(connection: Connection) -> bytes:
        purchase, agreement = await _authorised(connection, runtime, caller, session)
        await share_books(connection, purchase.cell)
        if agreement.deal.rows[0].start != await business_date(connection):
            raise Conflict("the day of the signature is over", code="lapsed")
        await pay(connection, runtime, shop.pack, agreement)
        await move_on(connection, runtime, agreement.application, Event.PAYOUT_STARTED)
        return msgspec.json.encode({"state": PurchaseState.CAPTURED.value})

    return await once(runtime, caller, "capture", key, effect)


async def cancel(runtime: Runtime, caller: Caller, session: int, key: CommandKey) -> bytes:
    """Give an authorised purchase up: no money leaves, the buyer owes nothing.

    Raises:
        NotFound, Conflict: as `capture`.
    """

    async def effect(connection: Connection) -> bytes:
        _, agreement = await _authorised(connection, runtime, caller, session)
        await give_up(connection, runtime, agreement, Event.PAYOUT_LAPSED)
        return msgspec.json.encode({"state": PurchaseState.LAPSED.value})

    return await once(runtime, caller, "cancel_purchase", key, effect)


@dataclass(frozen=True, slots=True)
class Returning:
    """Goods of a session that come back."""

    session: int
    amount_minor: int


async def return_goods(shop: Shop, caller: Caller, back: Returning, key: CommandKey) -> bytes:
    """Collect from the merchant what it gives back for goods; the loan follows with the money.

    What the merchant pays is the amount less its rebate of interest it paid for.

    Raises:
        NotFound: no such session of the caller's.
        Conflict: the merchant has no money of it (`wrong_step`).
        Refused: more than is left of the purchase (`more_than_bought`).
    """
    runtime = shop.runtime

    async def effect(connection: Connection) -> bytes:
        purchase = await _held(connection, runtime, caller, back.session)
        today = await business_date(connection)
        number = runtime.ids.new(id_shard(purchase.party))
        free_days = int(shop.pack.param(FREE_DAYS, today))
        wish = Back(number, back.amount_minor, today, free_days)
        coming = await ask_back(connection, runtime, purchase, wish)
        await share_books(connection, purchase.cell)
        amount_minor = coming.amount_minor - coming.rebate_minor
        asked = owed_by_merchant(
            purchase, PaymentKind.MERCHANT_REFUND, (number, amount_minor, today)
        )
        payment = await collect(connection, runtime, asked)
        told = {
            "payment": payment.end_to_end_id,
            "amount_minor": coming.amount_minor,
            "rebate_minor": coming.rebate_minor,
            "is_whole": coming.is_whole,
            "left_minor": purchase.price_minor - purchase.asked_back_minor - coming.amount_minor,
        }
        return msgspec.json.encode(told)

    return await once(runtime, caller, "return_goods", key, effect)


def owed_by_merchant(
    purchase: Purchase, kind: PaymentKind, what: tuple[int, int, date]
) -> Instruction:
    """Return the payment by which a merchant pays its purchase's lender: id, amount and day."""
    number, amount_minor, day = what
    assert purchase.lender is not None, "a purchase that was signed has a lender"
    return Instruction(
        cell=purchase.cell,
        id=number,
        kind=kind,
        subject=purchase.application,
        party=purchase.party,
        lender=purchase.lender,
        amount_minor=amount_minor,
        value_date=day,
        account=purchase.terms.account,
    )


async def lapse_purchases(runtime: Runtime, cell: int, day: date) -> int:
    """Give up what was authorised on a day that is over and never captured; return how many."""
    lapsed = 0
    while True:
        async with runtime.database.reading() as connection:
            waiting = await authorised_until(connection, cell, day, LAPSE_PAGE)
        for one in waiting:
            async with runtime.database.transaction() as connection:
                held = await hold_purchase(connection, cell, one.application)
                if held is None or held.state is not PurchaseState.AUTHORISED:
                    continue
                agreement = await _agreement(connection, runtime, held)
                await give_up(connection, runtime, agreement, Event.PAYOUT_LAPSED)
                lapsed += 1
        if len(waiting) < LAPSE_PAGE:
            return lapsed


async def _held(connection: Connection, runtime: Runtime, caller: Caller, session: int) -> Purchase:
    """Return the purchase of a session of the caller's shop, locked."""
    found = await find_session(connection, runtime, caller, session)
    if found.party is None:
        raise Conflict("nobody buys this yet", code="wrong_step")
    seen = await purchase_of_session(connection, runtime.cell(found.party), session)
    if seen is None:
        raise Conflict("nobody buys this yet", code="wrong_step")
    held = await hold_purchase(connection, seen.cell, seen.application)
    if held is None:
        raise NotFound("there is no such purchase")
    return held


async def _authorised(
    connection: Connection, runtime: Runtime, caller: Caller, session: int
) -> tuple[Purchase, Agreement]:
    held = await _held(connection, runtime, caller, session)
    is_signed = await step_of(connection, runtime, held.application) is Step.SIGNED
    if held.state is not PurchaseState.AUTHORISED or not is_signed:
        raise Conflict("this purchase is not authorised", code="wrong_step")
    return held, await _agreement(connection, runtime, held)


async def _agreement(connection: Connection, runtime: Runtime, held: Purchase) -> Agreement:
    found = await agreement_of_application(connection, runtime, held.application, held.party)
    if found is None:
        raise Broken(f"purchase {held.application} was signed and has no agreement")
    return found
