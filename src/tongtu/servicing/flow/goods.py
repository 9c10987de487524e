"""A merchant's refund of goods: it lowers or unwinds the loan that paid for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from tongtu.kernel.errors import Broken
from tongtu.runtime.api import Connection, Runtime, business_date
from tongtu.servicing.flow import entry
from tongtu.servicing.flow.event import Money
from tongtu.servicing.model import EventKind, LoanEvent, LoanState
from tongtu.servicing.model.event import GoodsBack
from tongtu.servicing.rules.fold import fold
from tongtu.servicing.store import day as day_store
from tongtu.servicing.store import loan as store

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Refunded:
    """What a merchant's refund did; `settled_minor` of it is the lender's (it may be negative)."""

    loan: store.LoanRow
    state: LoanState
    settled_minor: int


async def record_goods_refund(
    connection: Connection, runtime: Runtime, place: tuple[int, int], money: Money, back: GoodsBack
) -> Refunded:
    """Enter what a merchant gave back for goods; `place` is cell and loan.

    A part lowers principal from its value date. The last part of all goods, within the rule, takes
    interest and fees away as if they had never been agreed: what was paid of them is owed back.

    Raises:
        NotFound: no such loan.
        Broken: the loan was not paid out to a merchant, the payment was entered, or the ledger
            refuses.
    """
    cell, loan = place
    closed = await day_store.share_books(connection, cell)
    row = await store.hold(connection, cell, loan)
    today = await business_date(connection)
    events = [one.event for one in (await store.events_of(connection, cell, [loan]))[loan]]
    if not row.merchant or any(one.payment == money.payment for one in events):
        raise Broken("this is no refund of goods, or it was entered", code="no_goods_refund")
    event = LoanEvent(
        row.seq + 1, EventKind.MERCHANT_REFUNDED, money.value_date, today, money.amount_minor,
        money.payment, back,
    )  # fmt: skip
    before = fold(row.terms, events, today).surplus_minor
    held = entry.Held(row, events, closed or today - ONE_DAY)
    state = await entry.book(connection, runtime, held, event)
    return Refunded(row, state, money.amount_minor - (state.surplus_minor - before))


async def preview_goods_refund(
    connection: Connection, place: tuple[int, int], money: Money, back: GoodsBack
) -> LoanState:
    """Return how the loan would stand after a refund of goods today. Raises NotFound."""
    cell, loan = place
    row = (await store.find_many(connection, cell, [loan]))[loan]
    today = await business_date(connection)
    events = [one.event for one in (await store.events_of(connection, cell, [loan]))[loan]]
    event = LoanEvent(
        row.seq + 1, EventKind.MERCHANT_REFUNDED, money.value_date, today, money.amount_minor,
        money.payment, back,
    )  # fmt: skip
    return fold(row.terms, [*events, event], today)
