"""Loan events: opening and repaying. Each is event, postings and evidence in one commit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from tongtu.evidence.api import Entry, append, commitment
from tongtu.kernel.errors import Broken, Refused
from tongtu.kernel.ids import id_shard
from tongtu.ledger.api import open_accounts
from tongtu.runtime.api import Connection, Runtime, business_date, publish
from tongtu.runtime.api import Event as Happened
from tongtu.servicing.flow import books, facility_log, joint
from tongtu.servicing.flow.leaf import SALT_BYTES, canonical
from tongtu.servicing.model import Component, EventKind, LoanEvent, LoanState, Part, check_move
from tongtu.servicing.rules.fold import fold
from tongtu.servicing.rules.postings import difference
from tongtu.servicing.rules.snapshot import pack
from tongtu.servicing.store import day as day_store
from tongtu.servicing.store import joint as joint_store
from tongtu.servicing.store import loan as store

SURPLUS_RECEIVED = "servicing.surplus_received"
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Money:
    """A confirmed payment of a loan."""

    payment: int
    amount_minor: int
    value_date: date


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a payment did. `is_new` is False when its news had arrived before."""

    loan: store.LoanRow
    state: LoanState
    is_new: bool

    @property
    def is_settled(self) -> bool:
        """Whether nothing is owed any more."""
        return self.state.settled_on is not None


async def open_loan(
    connection: Connection, runtime: Runtime, new: store.NewLoan, money: Money
) -> None:
    """Open a loan whose money has arrived.

    Raises:
        Broken: the amount is not the principal, interest would not run from the day of the money,
            or the ledger refuses.
    """
    whole = new.terms.principal_minor
    if new.shares is not None and new.shares.principal_minor != whole:
        raise Broken("what the funders gave is not the principal", code="shares_not_whole")
    if money.amount_minor != whole:
        raise Broken("what was paid out is not the principal", code="principal_not_disbursed")
    if money.value_date != new.terms.opened_on:
        raise Broken("the money left on another day than interest runs from", code="other_day")
    cell, at = runtime.cell(new.party), runtime.clock.now()
    closed = await day_store.share_books(connection, cell)
    today = await business_date(connection)
    event = LoanEvent(
        1, EventKind.DISBURSED, money.value_date, today, money.amount_minor, money.payment
    )
    state = fold(new.terms, [event], new.terms.opened_on)
    opening = store.Opening(pack(new.terms, state), closed or today - ONE_DAY, at)
    await store.insert(connection, cell, new, opening)
    accounts = books.Accounts(cell, new.lender, new.product, new.party)
    group = books.Group(new_ids(runtime, new.id), new.id)
    if new.shares is None:
        books.disburse(group, accounts, money.amount_minor)
        await books.open_books(connection, accounts)
    else:
        await joint_store.insert(connection, cell, new.id, new.product, new.shares)
        await joint.disburse(connection, group, accounts, new.shares)
    await books.post_groups(connection, cell, [group], today, at)
    await _enter(connection, runtime, new.id, store.Entered(event, (), at), group)


async def record_repayment(
    connection: Connection, runtime: Runtime, cell: int, loan: int, money: Money
) -> Recorded:
    """Enter money that came from the borrower; the same payment is entered once.

    What is more than the debt is put in suspense and told by `servicing.surplus_received`: it came,
    so it is owed back. Raises Broken when the ledger refuses.
    """
    at = runtime.clock.now()
    closed = await day_store.share_books(connection, cell)
    row = await store.hold(connection, cell, loan)
    today = await business_date(connection)
    events = [entered.event for entered in (await store.events_of(connection, cell, [loan]))[loan]]
    if any(event.payment == money.payment for event in events):
        return Recorded(row, fold(row.terms, events, today), is_new=False)
    # What comes after a loan was settled never changes how it was settled.
    value_date = max(money.value_date, row.settled_on or money.value_date)
    event = LoanEvent(
        row.seq + 1, EventKind.REPAID, value_date, today, money.amount_minor, money.payment
    )
    marked_on = closed or today - ONE_DAY
    before = fold(row.terms, events, marked_on)
    after = fold(row.terms, [*events, event], marked_on)
    moved = difference(before, after)
    if moved.received_minor != money.amount_minor:
        raise Broken("the parts of a payment are not its amount")
    state = fold(row.terms, [*events, event], max(today, value_date))
    entered = store.Entered(event, _parts(event, state), at)
    group = books.Group(new_ids(runtime, loan), loan)
    accounts = books.Accounts(cell, row.lender, row.product, row.party)
    shared = (await joint_store.find(connection, cell, [loan])).get(loan)
    if shared is None:
        books.receive(group, accounts, moved)
    else:
        arrived = joint.Arrived(loan, event, moved, before, at)
        await joint.receive(connection, group, accounts, shared, arrived)
    if moved.surplus_minor:
        await open_accounts(connection, [accounts.suspense])
        await _tell_surplus(connection, runtime, row, event, moved.surplus_minor)
    stands = store.After(
        seq=event.seq,
        status=check_move(row.status, state.status),
        settled_on=state.settled_on,
        snapshot=pack(row.terms, state),
        marked_on=marked_on,
        marked_interest_minor=after.interest_minor,
        marked_fee_minor=after.fee_minor,
        outstanding_minor=state.outstanding_minor,
        received_minor=moved.received_minor - moved.surplus_minor,
        bucket=row.bucket if state.dpd else 0,
    )
    if not await store.advance(connection, cell, loan, stands):
        raise Broken("another event of the loan came in between")
    await books.post_groups(connection, cell, [group], today, at)
    await _enter(connection, runtime, loan, entered, group)
    back_minor = row.outstanding_minor - state.outstanding_minor
    await facility_log.repaid(connection, runtime, row, back_minor, value_date)
    return Recorded(row, state, is_new=True)


def _parts(event: LoanEvent, state: LoanState) -> tuple[Part, ...]:
    parts = state.parts[event.seq]
    surplus_minor = event.amount_minor - sum(part.amount_minor for part in parts)
    return (*parts, Part(0, Component.SURPLUS, surplus_minor)) if surplus_minor else parts


async def _tell_surplus(
    connection: Connection,
    runtime: Runtime,
    row: store.LoanRow,
    event: LoanEvent,
    surplus_minor: int,
) -> None:
    told = {
        "loan": str(row.id),
        "party": str(row.party),
        "payment": str(event.payment),
        "amount_minor": surplus_minor,
    }
    number, at = runtime.ids.new(id_shard(row.id)), runtime.clock.now()
    await publish(connection, Happened(row.cell, number, SURPLUS_RECEIVED, told, at))


async def check_repayment(
    connection: Connection, row: store.LoanRow, amount_minor: int, pending_minor: int
) -> date:
    """Return the value date of a repayment that may be collected.

    The caller holds the loan's lock (`hold_row`) since before it counted `pending_minor`, so two
    repayments at once cannot both find the same debt; a payment counts there until it is an event.

    Raises:
        Refused: `more_than_owed`, or the loan is settled.
    """
    today = await business_date(connection)
    entered = (await store.events_of(connection, row.cell, [row.id]))[row.id]
    events = [one.event for one in entered]
    state = fold(row.terms, events, today)
    if state.settled_on is not None:
        raise Refused("nothing is owed any more", code="loan_settled")
    limit = state.limit_minor - pending_minor
    # What is under way may settle the loan for less than the plan asks: nothing is left to pay.
    coming = LoanEvent(row.seq + 1, EventKind.REPAID, today, today, pending_minor)
    if pending_minor and fold(row.terms, [*events, coming], today).settled_on is not None:
        limit = 0
    if amount_minor > limit:
        raise Refused(
            "more than can be paid today; see fields.amount_minor",
            code="more_than_owed",
            fields={"amount_minor": str(max(limit, 0))},
        )
    return today


async def _enter(
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


def new_ids(runtime: Runtime, loan: int) -> Iterator[int]:
    """Yield ids that carry the loan's shard."""
    while True:
        yield runtime.ids.new(id_shard(loan))
