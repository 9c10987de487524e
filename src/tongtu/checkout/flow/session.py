"""A merchant opens a session; one buyer claims it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from tongtu.checkout.model import SESSION_HOURS, Item, Merchant, Session
from tongtu.checkout.rules.merchants import Merchants
from tongtu.checkout.rules.price import check_items
from tongtu.checkout.store import session as store
from tongtu.identity.api import Caller, Role, open_merchant_party
from tongtu.kernel.errors import NotFound
from tongtu.runtime.api import Connection, Runtime

_STAFF = frozenset({Role.OPERATOR, Role.CLERK, Role.REGULATOR})


@dataclass(frozen=True, slots=True)
class Cart:
    """What a merchant asks to be paid for, under its own reference.

    `is_captured_at_once`: the payout goes out with the buyer's signature; else the merchant
    captures when it ships, on the same business day.
    """

    reference: str
    items: tuple[Item, ...]
    price_minor: int
    is_captured_at_once: bool = True


async def open_merchants(connection: Connection, runtime: Runtime, merchants: Merchants) -> None:
    """Open each merchant of the list as a party, once."""
    for one in merchants.all():
        if await store.merchant_party(connection, one.number) is None:
            party = await open_merchant_party(connection, runtime)
            await store.open_merchant(connection, one.number, party, runtime.clock.now())


async def open_session(
    connection: Connection, runtime: Runtime, merchant: Merchant, cart: Cart
) -> Session:
    """Write what a merchant asks to be paid for; its terms of today are frozen with it.

    Raises:
        BadInput: the items do not come to the price.
        Conflict: the merchant's reference was used (`reference_used`).
    """
    check_items(cart.items, cart.price_minor)
    number, at = runtime.ids.new(0), runtime.clock.now()
    new = Session(
        cell=runtime.cell(number),
        id=number,
        merchant=merchant.number,
        reference=cart.reference,
        items=cart.items,
        price_minor=cart.price_minor,
        terms=merchant.terms,
        is_captured_at_once=cart.is_captured_at_once,
        opened_at=at,
        expires_at=at + timedelta(hours=SESSION_HOURS),
    )
    await store.add(connection, new)
    return new


async def find_session(
    connection: Connection, runtime: Runtime, caller: Caller, session: int
) -> Session:
    """Return a session the caller may see: its merchant's, its buyer's, or one nobody claimed.

    Raises:
        NotFound: no such session, or somebody else's.
    """
    found = await store.find(connection, runtime.cell(session), session)
    is_seen = (
        caller.role in _STAFF
        or (caller.role is Role.MERCHANT and caller.organisation == found.merchant)
        or (caller.role is Role.BORROWER and found.party in {None, caller.subject})
    )
    if not is_seen:
        raise NotFound("there is no such checkout session")
    return found


async def claim_session(runtime: Runtime, caller: Caller, session: int) -> Session:
    """Give a session to the caller in a commit of its own; safe to repeat.

    Raises:
        NotFound: no such session.
        Conflict: somebody else buys it, or it is too late (`session_closed`).
    """
    async with runtime.database.transaction() as connection:
        cell, at = runtime.cell(session), runtime.clock.now()
        return await store.claim(connection, cell, session, caller.subject, at)


async def note_application(
    runtime: Runtime, caller: Caller, session: int, application: int
) -> None:
    """Note on a session which application of its buyer's pays for it; its own commit."""
    async with runtime.database.transaction() as connection:
        buyer = caller.subject, application
        await store.set_application(connection, runtime.cell(session), session, buyer)
