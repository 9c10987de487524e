"""A purchase from its application to the last of its goods that came back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

from tongtu.checkout.model import (
    GoodsReturn,
    Movement,
    MovementKind,
    Purchase,
    PurchaseState,
    ReturnState,
    Session,
    check_move,
)
from tongtu.checkout.rules.price import merchant_fee_minor, rebate_minor
from tongtu.checkout.store import purchase as store
from tongtu.kernel.errors import Broken, Conflict, Refused
from tongtu.runtime.api import Connection, Runtime

S = PurchaseState


async def begin(
    connection: Connection, runtime: Runtime, session: Session, buyer: tuple[int, int]
) -> Purchase:
    """Bind a session to its buyer's application; `buyer` is party and application.

    Raises:
        Conflict: an earlier application of the session went on (`session_closed`).
    """
    party, application = buyer
    new = Purchase(
        cell=runtime.cell(party),
        application=application,
        session=session.id,
        merchant=session.merchant,
        party=party,
        price_minor=session.price_minor,
        terms=session.terms,
        is_captured_at_once=session.is_captured_at_once,
    )
    if not await store.add(connection, new, runtime.clock.now()):
        raise Conflict("this is bought already", code="session_closed")
    return new


async def move(
    connection: Connection, runtime: Runtime, held: Purchase, state: PurchaseState
) -> Purchase:
    """Take a held purchase on. Raises Conflict when it may not go there."""
    moved = replace(held, state=check_move(held.state, state))
    await store.write(connection, moved, runtime.clock.now())
    return moved


async def authorise(
    connection: Connection, runtime: Runtime, held: Purchase, signed: tuple[date, int, int]
) -> Purchase:
    """Note that the buyer signed; `signed` is the day, the lender and the interest paid for them.

    Raises:
        Conflict: it was signed before.
    """
    day, lender, subsidy_minor = signed
    fee_minor = merchant_fee_minor(held.terms, held.price_minor)
    known = replace(
        held, authorised_on=day, lender=lender, subsidy_minor=subsidy_minor, fee_minor=fee_minor
    )
    return await move(connection, runtime, known, S.AUTHORISED)


async def paid(
    connection: Connection, runtime: Runtime, held: Purchase, moved: Movement, loan: int
) -> Purchase:
    """Note that the merchant has the money of a captured purchase, and the loan that runs."""
    known = replace(held, loan=loan, paid_on=moved.day)
    await store.add_movement(connection, moved)
    return await move(connection, runtime, known, S.PAID)


@dataclass(frozen=True, slots=True)
class Back:
    """Goods that are to come back: the payment that brings the money, how much, on which day.

    Within `free_days` of the payout a whole return undoes the loan's cost.
    """

    payment: int
    amount_minor: int
    on: date
    free_days: int


async def ask_back(
    connection: Connection, runtime: Runtime, held: Purchase, back: Back
) -> GoodsReturn:
    """Write that goods of a held purchase come back.

    Raises:
        Conflict: the merchant has no money of it (`wrong_step`).
        Refused: more than is left of the purchase (`more_than_bought`).
    """
    if held.state is not S.PAID or held.paid_on is None:
        raise Conflict("nothing of this purchase can come back now", code="wrong_step")
    left_minor = held.price_minor - held.asked_back_minor
    if not 1 <= back.amount_minor <= left_minor:
        raise Refused(
            "more than is left of the purchase; see fields.amount_minor",
            code="more_than_bought",
            fields={"amount_minor": str(left_minor)},
        )
    is_free = back.on <= held.paid_on + timedelta(days=back.free_days)
    new = GoodsReturn(
        cell=held.cell,
        id=back.payment,
        application=held.application,
        merchant=held.merchant,
        amount_minor=back.amount_minor,
        rebate_minor=rebate_minor(held, back.amount_minor) if is_free else 0,
        # A whole return in time; it counts only if all parts arrive (see `came_back`).
        is_whole=is_free and back.amount_minor == left_minor,
        value_date=back.on,
    )
    at = runtime.clock.now()
    await store.add_return(connection, new, at)
    asked = replace(held, asked_back_minor=held.asked_back_minor + back.amount_minor)
    await store.write(connection, asked, at)
    return new


async def came_back(
    connection: Connection, runtime: Runtime, held: Purchase, payment: int
) -> GoodsReturn | None:
    """Note that a return's money arrived; its `is_whole` is then what is true of the purchase.

    The last part to arrive makes the return whole, if one was asked for that completes it in time.
    Money of a return that the bank had refused counts as any other while its goods are not asked
    back anew; None when they are, or the purchase is over: it is owed back to the merchant.
    """
    back = await store.find_return(connection, held.cell, payment)
    if back.state is ReturnState.PAID:
        raise Broken(f"return {payment} was entered before")
    if back.state is ReturnState.REFUSED:
        asked_back_minor = held.asked_back_minor + back.amount_minor
        if held.state is not S.PAID or asked_back_minor > held.price_minor:
            return None
        held = replace(held, asked_back_minor=asked_back_minor)
    returned = held.returned_minor + back.amount_minor
    asked = await store.returns_of(connection, held.cell, held.application)
    completes = any(
        one.is_whole for one in asked if one.state is not ReturnState.REFUSED or one.id == back.id
    )
    is_whole = completes and returned == held.price_minor
    await store.end_return(connection, back, ReturnState.PAID, is_whole=back.is_whole)
    state = S.RETURNED if returned == held.price_minor else held.state
    known = replace(held, returned_minor=returned, state=state)
    await store.write(connection, known, runtime.clock.now())
    return replace(back, is_whole=is_whole)


async def not_back(connection: Connection, runtime: Runtime, held: Purchase, payment: int) -> None:
    """Note that the bank refused a return's payment: as much may be asked back again."""
    back = await store.find_return(connection, held.cell, payment)
    if back.state is not ReturnState.ASKED:
        return
    # That it would have been whole and in time is kept: its money may come all the same.
    await store.end_return(connection, back, ReturnState.REFUSED, is_whole=back.is_whole)
    known = replace(held, asked_back_minor=held.asked_back_minor - back.amount_minor)
    await store.write(connection, known, runtime.clock.now())


def movement(
    held: Purchase, payment: tuple[int, str], kind: MovementKind, what: tuple[date, int]
) -> Movement:
    """Return what a payment (id, public id) moves of the merchant's money on a day, signed."""
    day, amount_minor = what
    number, name = payment
    return Movement(
        held.cell, number, held.merchant, held.application, kind, day, name, amount_minor
    )
