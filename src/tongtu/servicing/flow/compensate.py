"""Compensation (代偿): the guarantor pays a late joint loan's funders and has their claims.

For the borrower nothing changes: debt, plan and dates stay; only whose the money is does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from tongtu.evidence.api import Entry, append, commitment
from tongtu.kernel.errors import Broken
from tongtu.kernel.ids import id_shard
from tongtu.ledger.api import Code, PostingResult, post
from tongtu.runtime.api import Connection, Event, Runtime, publish
from tongtu.servicing.flow import books
from tongtu.servicing.flow.entry import ids
from tongtu.servicing.flow.leaf import SALT_BYTES, canonical
from tongtu.servicing.model import LoanEvent, LoanStatus
from tongtu.servicing.rules.fold import fold
from tongtu.servicing.rules.sharing import Joint, Standing, Taken, standings
from tongtu.servicing.store import day as day_store
from tongtu.servicing.store import joint as store
from tongtu.servicing.store import loan as loan_store

COMPENSATED = "servicing.loan_compensated"
COMPENSATION_SHORT = "servicing.compensation_short"
ONE_DAY = timedelta(days=1)
# Late loans looked at by one transaction.
LOOKS_MAX = 200


@dataclass(frozen=True, slots=True)
class Swept:
    """What one look at late joint loans came to; `last` is the last loan looked at, None: done."""

    taken: int
    short: int
    last: int | None


async def compensate_overdue(
    connection: Connection, runtime: Runtime, cell: int, day: date, after: int = 0
) -> Swept:
    """Let a guarantor take over the next joint loan that is too late on `day`, if there is one.

    The caller's transaction; at most LOOKS_MAX loans are looked at, and only the one that is taken
    is locked, so that no other borrower's payment waits, and accounts are locked in one call. A
    loan is taken once; one whose guarantor has not money enough stays its funders' and is told by
    `servicing.compensation_short`. Nothing here keeps a day open.
    """
    closed = await day_store.share_books(connection, cell)
    if closed is not None and closed >= day:
        return Swept(0, 0, None)  # the day's books are closed: it was looked through before
    found = await store.late(connection, cell, after, LOOKS_MAX)
    end = found[-1] if len(found) == LOOKS_MAX else None
    for loan in await _too_late(connection, cell, found, day):
        late = await _hold(connection, cell, loan, day, closed)
        if late is not None:
            is_taken = await _take(connection, runtime, late)
            return Swept(is_taken, not is_taken, end if loan == found[-1] else loan)
    return Swept(0, 0, end)


async def _too_late(
    connection: Connection, cell: int, found: Sequence[int], day: date
) -> list[int]:
    """Return which of the late loans their guarantor is due to take, as they stand unlocked."""
    rows = await loan_store.find_many(connection, cell, found)
    joints = await store.find(connection, cell, found)
    events = await loan_store.events_of(connection, cell, found)
    return [
        loan for loan in found
        if _is_due(rows[loan], joints[loan], [one.event for one in events[loan]], day)
    ]  # fmt: skip


async def _hold(
    connection: Connection, cell: int, loan: int, day: date, closed: date | None
) -> _Late | None:
    """Return a loan that is to be taken over, locked; None when it was paid or taken meanwhile."""
    row = await loan_store.hold(connection, cell, loan)
    shared = (await store.find(connection, cell, [loan]))[loan]
    events = [one.event for one in (await loan_store.events_of(connection, cell, [loan]))[loan]]
    if not _is_due(row, shared, events, day):
        return None
    booked = fold(row.terms, events, closed or day - ONE_DAY)
    return _Late(row, shared, standings(shared, booked.interest_minor, booked.fee_minor), day)


def _is_due(row: loan_store.LoanRow, joint: Joint, events: Sequence[LoanEvent], day: date) -> bool:
    is_open = joint.taken is None and row.status is LoanStatus.LIVE
    return is_open and fold(row.terms, events, day).dpd > joint.shares.compensate_after_days


@dataclass(frozen=True, slots=True)
class _Late:
    """A joint loan to be taken over, and what is owed to each as the books have it."""

    row: loan_store.LoanRow
    joint: Joint
    left: Sequence[Standing]
    day: date

    @property
    def funders(self) -> Sequence[Standing]:
        return self.left[:-1]

    @property
    def guarantor(self) -> int:
        return self.joint.shares.guarantor


async def _take(connection: Connection, runtime: Runtime, late: _Late) -> bool:
    """Pay the funders and move their claims, with the leaf; False when the money is short."""
    row, at = late.row, runtime.clock.now()
    group = _group(runtime, late)
    answers = await post(connection, row.cell, group.transfers, late.day, at)
    if PostingResult.INSUFFICIENT in answers:
        await _tell(connection, runtime, COMPENSATION_SHORT, late)
        return False
    if refused := sorted({answer.name for answer in answers if not answer.has_effect}):
        raise Broken(f"the ledger refused a compensation: {', '.join(refused)}")
    joint = late.joint
    taken = Taken(late.day, joint.repaid_minor, joint.interest_paid_minor)
    if not await store.take(connection, row.cell, row.id, taken):
        raise Broken("this loan was taken over before")
    lines = tuple(
        store.Compensated(one.payee, one.principal_minor, one.interest_minor)
        for one in late.funders
    )
    made = store.Compensation(runtime.ids.new(id_shard(row.id)), late.guarantor, late.day, lines)
    salt = runtime.entropy.bytes(SALT_BYTES)
    await store.insert_compensation(connection, (row.cell, row.id), made, salt, at)
    of = [late.guarantor], row.product
    await store.raise_rates(connection, row.cell, of, row.terms.overdue_rate_bps)
    moved = {
        "payment": made.id,
        "transfers": [
            [t.id, t.debit, t.credit, t.amount_minor, int(t.code)] for t in group.transfers
        ],
    }
    leaf = Entry("movement", made.id, commitment(salt, canonical(moved)))
    await append(connection, row.cell, runtime.ids.new(id_shard(row.id)), [leaf], at)
    await _tell(connection, runtime, COMPENSATED, late)
    return True


def _group(runtime: Runtime, late: _Late) -> books.Group:
    row = late.row
    group = books.Group(ids(runtime, row.id), row.id)
    new = books.Accounts(row.cell, late.guarantor, row.product, row.party, is_guarantor=True)
    for one in late.funders:
        old = books.Accounts(row.cell, one.payee, row.product, row.party)
        whole = one.principal_minor + one.interest_minor
        group.add(Code.COMPENSATION_CASH, new.funds, old.funds, whole)
        group.add(Code.COMPENSATION_PRINCIPAL, old.principal, new.principal, one.principal_minor)
        group.add(Code.COMPENSATION_INTEREST, old.interest, new.interest, one.interest_minor)
        group.add(Code.COMPENSATION_CLAIM, new.claims, old.claims, whole)
    return group


async def _tell(connection: Connection, runtime: Runtime, topic: str, late: _Late) -> None:
    row = late.row
    told = {
        "loan": str(row.id),
        "guarantor": str(late.guarantor),
        "amount_minor": sum(one.principal_minor + one.interest_minor for one in late.funders),
    }
    number, at = runtime.ids.new(id_shard(row.id)), runtime.clock.now()
    await publish(connection, Event(row.cell, number, topic, told, at))
