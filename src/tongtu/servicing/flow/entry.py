"""Books one event of a loan: state, postings, evidence and the event itself in one commit.

What moves in the ledger is the difference of two folds reckoned to the last closed day, whatever
the kind of event and however late it comes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from tongtu.evidence.api import Entry, append, commitment
from tongtu.kernel.errors import Broken
from tongtu.kernel.ids import id_shard
from tongtu.ledger.api import open_accounts, period_over
from tongtu.runtime.api import Connection, Runtime, publish
from tongtu.runtime.api import Event as Happened
from tongtu.servicing.flow import books, facility_log, joint
from tongtu.servicing.flow.leaf import SALT_BYTES, canonical
from tongtu.servicing.model import (
    Component,
    EventKind,
    LoanEvent,
    LoanState,
    LoanStatus,
    Part,
    Place,
    check_move,
)
from tongtu.servicing.model.details import details_json
from tongtu.servicing.rules.admission import GOING_BACK, MONEY_IN, money_of
from tongtu.servicing.rules.fold import fold
from tongtu.servicing.rules.postings import Movement, difference
from tongtu.servicing.rules.replay import effective_on
from tongtu.servicing.rules.sharing import Joint
from tongtu.servicing.rules.snapshot import pack
from tongtu.servicing.store import credit_balance
from tongtu.servicing.store import day as day_store
from tongtu.servicing.store import joint as joint_store
from tongtu.servicing.store import loan as store

SURPLUS_RECEIVED = "servicing.surplus_received"


@dataclass(frozen=True, slots=True)
class Held:
    """A loan locked in this transaction, its events, and the last day its books were closed."""

    row: store.LoanRow
    events: Sequence[LoanEvent]
    marked_on: date


async def book(connection: Connection, runtime: Runtime, held: Held, event: LoanEvent) -> LoanState:
    """Enter one more event of a held loan; return how the loan then stands.

    What moves of a joint loan is divided among its payees; principal that came back, or fell back,
    is told to the facility it was drawn on.

    Raises:
        Refused: principal would fall back on a closed facility (`facility_closed`).
        Broken: the parts are not the money, or the ledger refuses.
    """
    at, row, events, marked_on = runtime.clock.now(), held.row, held.events, held.marked_on
    loan = row.id
    shared = (await joint_store.find(connection, row.cell, [loan])).get(loan)
    before = fold(row.terms, events, marked_on)
    after = fold(row.terms, [*events, event], marked_on)
    moved = difference(before, after)
    if moved.received_minor != money_of(events, event):
        raise Broken("the parts of a payment are not its amount")
    if moved.is_money and event.payment is None:
        event = replace(event, payment=runtime.ids.new(id_shard(loan)))
    state = fold(row.terms, [*events, event], max(event.business_date, event.value_date))
    group = books.Group(ids(runtime, loan), loan)
    accounts = books.Accounts(row.cell, row.lender, row.product, row.party, merchant=row.merchant)
    if shared is None:
        await books.open_place(connection, accounts, moved.place_after)
        is_refund = event.kind is EventKind.MERCHANT_REFUNDED
        books.receive(group, accounts, moved, is_refund=is_refund)
    else:
        arrived = joint.Arrived(loan, event, moved, before, at)
        await joint.receive(connection, group, accounts, shared, arrived)
    await _keep_surplus(connection, runtime, row, event, moved)
    if moved.surplus_minor:
        await credit_balance.keep(connection, row.cell, loan, state.surplus_minor)
    stands = store.After(
        seq=event.seq,
        status=check_move(row.status, state.status, goes_back=event.kind in GOING_BACK),
        settled_on=state.settled_on,
        snapshot=pack(state),
        marked_on=marked_on,
        marked_interest_minor=after.interest_minor,
        marked_fee_minor=after.fee_minor,
        off_minor=0 if after.place is Place.BOOKS else sum(after.owed_minor),
        outstanding_minor=state.outstanding_minor,
        received_minor=moved.received_minor - moved.surplus_minor,
    )
    if not await store.advance(connection, row.cell, loan, stands):
        raise Broken("another event of the loan came in between")
    if row.status is not LoanStatus.LIVE and stands.status is LoanStatus.LIVE:
        await _live_again(connection, row, shared, state.overdue_rate_bps)
    await _adjust(connection, row.cell, group, event)
    await books.post_groups(connection, row.cell, [group], event.business_date, at)
    await enter(connection, runtime, loan, store.Entered(event, parts_of(event, state), at), group)
    back_minor = row.outstanding_minor - state.outstanding_minor
    await facility_log.repaid(connection, runtime, row, back_minor, event.value_date)
    return state


async def _live_again(
    connection: Connection, row: store.LoanRow, shared: Joint | None, rate_bps: int
) -> None:
    """Let the law be asked about its rate: while it was over, only cheaper ones may have been."""
    await day_store.open_control(connection, row.cell, (row.lender, row.product), rate_bps)
    if shared is not None:
        of = shared.holders, row.product
        await joint_store.raise_rates(connection, row.cell, of, rate_bps)


async def _adjust(connection: Connection, cell: int, group: books.Group, event: LoanEvent) -> None:
    """Let what is known late, of a period that was closed since, name the period it corrects."""
    on = effective_on(event)
    if on >= event.business_date:
        return
    closed_on = await period_over(connection, cell, on)
    if closed_on is not None:
        group.transfers = [one._replace(adjusts=closed_on) for one in group.transfers]


async def _keep_surplus(
    connection: Connection,
    runtime: Runtime,
    row: store.LoanRow,
    event: LoanEvent,
    moved: Movement,
) -> None:
    """Open the place of money beyond the debt, and tell of it when it came."""
    if moved.surplus_minor == 0:
        return
    accounts = books.Accounts(row.cell, row.lender, row.product, row.party)
    await open_accounts(connection, [accounts.suspense])
    if moved.surplus_minor < 0 or event.payment is None:
        return
    told = {
        "loan": str(row.id),
        "party": str(row.party),
        "payment": str(event.payment),
        "amount_minor": moved.surplus_minor,
    }
    number, at = runtime.ids.new(id_shard(row.id)), runtime.clock.now()
    await publish(connection, Happened(row.cell, number, SURPLUS_RECEIVED, told, at))


def parts_of(event: LoanEvent, state: LoanState) -> tuple[Part, ...]:
    """Return what a payment paid, and as a part of its own what was beyond the debt."""
    if event.kind not in MONEY_IN:
        return ()
    parts = state.parts[event.seq]
    surplus_minor = event.amount_minor - sum(part.amount_minor for part in parts)
    return (*parts, Part(0, Component.SURPLUS, surplus_minor)) if surplus_minor else parts


async def enter(
    connection: Connection, runtime: Runtime, loan: int, entered: store.Entered, group: books.Group
) -> None:
    """Append the event and prove it: one leaf for the event, one for the money that moved."""
    cell, salt = runtime.cell(loan), runtime.entropy.bytes(SALT_BYTES)
    await store.insert_event(connection, cell, loan, entered, salt)
    event = entered.event
    told = {
        "loan": loan,
        "seq": event.seq,
        "kind": event.kind.value,
        "value_date": event.value_date.isoformat(),
        "business_date": event.business_date.isoformat(),
        "amount_minor": event.amount_minor,
        "payment": event.payment,
        **({} if event.details is None else {"details": details_json(event.details)}),
        "parts": [[part.nr, part.component.value, part.amount_minor] for part in entered.parts],
    }
    moved = {
        "payment": event.payment,
        "transfers": [
            [t.id, t.debit, t.credit, t.amount_minor, int(t.code)] for t in group.transfers
        ],
    }
    leaves = [Entry("loan_event", loan, commitment(salt, canonical(told)))]
    if event.payment is not None:
        leaves.append(Entry("movement", event.payment, commitment(salt, canonical(moved))))
    await append(connection, cell, runtime.ids.new(id_shard(loan)), leaves, entered.at)


def ids(runtime: Runtime, loan: int) -> Iterator[int]:
    """Yield ids of the loan's shard."""
    while True:
        yield runtime.ids.new(id_shard(loan))
