"""Closing a day of one cell: one commit that accrues, proves the invariant and leaves evidence.

The work is columnar over the live loans' snapshots; nothing is written for a loan but a changed
days-late bucket.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from tongtu.evidence.api import Entry, append, commitment
from tongtu.kernel.errors import Broken, Conflict
from tongtu.kernel.ids import SEQUENCE_BITS, SHARD_BITS, SHARDS
from tongtu.ledger.api import balances
from tongtu.runtime.api import Connection, Runtime
from tongtu.servicing.flow import books
from tongtu.servicing.flow.joint import INVARIANT, Line, spread
from tongtu.servicing.flow.leaf import SALT_BYTES, canonical
from tongtu.servicing.rules.snapshot import Book, Closing, Ints, totals
from tongtu.servicing.store import day as store
from tongtu.servicing.store import joint as joint_store

CLOSED, OPENED = "closed", "opened"
ONE_DAY = timedelta(days=1)


class InvariantBroken(Broken):
    """Loans and control balances disagree: the day stays open until a person has looked."""

    default_code = INVARIANT


@dataclass(frozen=True, slots=True)
class ClosedDay:
    """The result of a closed day."""

    day: date
    loans: int
    accrued_minor: int
    lines: tuple[Line, ...]


async def close_cell(connection: Connection, runtime: Runtime, cell: int, day: date) -> ClosedDay:
    """Close `day` for a cell; a day already closed is returned as it was.

    Raises:
        Conflict: a day before it is still open.
        InvariantBroken: the loans' components are not their control balances.
    """
    closed = await store.hold_books(connection, cell)
    if closed is not None and closed >= day:
        done = await store.find_step(connection, cell, day, CLOSED)
        if done is None:
            raise Conflict(f"{day} lies before the first day of these books", code="day_closed")
        return _read(day, done)
    if closed is not None and closed != day - ONE_DAY:
        raise Conflict(f"the day after {closed} is to be closed first", code="day_order")
    live = await store.live_loans(connection, cell)
    pairs = await store.controls(connection, cell)
    book = Book.load(live.snapshots)
    closing = book.close(day)
    posted = _posted(live, book, day - ONE_DAY)
    joints = await joint_store.live(connection, cell)
    whole = _lines(live, pairs, closing, posted)
    lines = spread(whole, joints, (live.ids, live.books), (closing, posted))
    await _accrue(connection, runtime, cell, day, lines)
    await _prove(connection, cell, lines)
    buckets = closing.buckets()
    changed = np.flatnonzero(buckets != np.array(live.buckets, dtype=np.int64)).tolist()
    await store.set_buckets(
        connection, cell, [live.ids[i] for i in changed], [int(buckets[i]) for i in changed]
    )
    result = ClosedDay(day, len(live.ids), sum(_accrued(line) for line in lines), tuple(lines))
    await _note(connection, runtime, cell, result)
    return result


async def open_next(connection: Connection, runtime: Runtime, cell: int, day: date) -> bool:
    """Note that the day after `day` was opened; False when it was already."""
    if await store.find_step(connection, cell, day, OPENED):
        return False
    salt, at = runtime.entropy.bytes(SALT_BYTES), runtime.clock.now()
    await store.insert_step(connection, cell, day, store.StepDone(OPENED, 0, 0, "{}"), salt, at)
    return True


def _posted(live: store.LiveLoans, book: Book, before: date) -> tuple[Ints, Ints]:
    """Return each loan's interest and fee as the controls have them now.

    A loan touched since the last close carries its own mark; all others stand where that close
    left them, and the closed form says where.
    """
    at_close = book.close(before)
    is_marked = np.array([mark == before for mark in live.marked_on], dtype=bool)
    interest = np.where(
        is_marked, np.array(live.marked_interest, dtype=np.int64), at_close.interest
    )
    fee = np.where(is_marked, np.array(live.marked_fee, dtype=np.int64), at_close.fee)
    return interest, fee


def _lines(
    live: store.LiveLoans,
    pairs: list[tuple[int, str]],
    closing: Closing,
    posted: tuple[Ints, Ints],
) -> list[Line]:
    places = {pair: place for place, pair in enumerate(pairs)}
    groups = np.array([places[pair] for pair in live.books], dtype=np.int64)
    columns = (
        np.ones(len(live.ids), dtype=np.int64),
        closing.principal,
        closing.interest,
        closing.fee,
        closing.interest - posted[0],
        closing.fee - posted[1],
    )
    sums = [totals(groups, len(pairs), column).tolist() for column in columns]
    return [
        Line(*pair, *figures) for pair, figures in zip(pairs, zip(*sums, strict=True), strict=True)
    ]


async def _accrue(
    connection: Connection, runtime: Runtime, cell: int, day: date, lines: list[Line]
) -> None:
    """Post one transfer per (lender, product) and component; their ids follow from the day."""
    groups = []
    for line in lines:
        group = books.Group(_ids(runtime, cell, day, line), 0)
        accounts = books.Accounts(cell, line.lender, line.product)
        books.accrue(group, accounts, line.accrued_interest_minor, line.accrued_fee_minor)
        groups.append(group)
    await books.post_groups(connection, cell, groups, day, runtime.clock.now())


async def _prove(connection: Connection, cell: int, lines: list[Line]) -> None:
    """Compare the sum of the loans with the ledger's controls, component by component."""
    accounts = {
        (line.lender, line.product): books.Accounts(cell, line.lender, line.product).controls
        for line in lines
    }
    found = await balances(
        connection, cell, [account.id for three in accounts.values() for account in three]
    )
    for line in lines:
        folded = (line.principal_minor, line.interest_minor, line.fee_minor)
        three = accounts[line.lender, line.product]
        for account, amount in zip(three, folded, strict=True):
            if found.get(account.id, 0) != amount:
                raise InvariantBroken(
                    f"lender {line.lender}, {line.product}, {account.kind.name.lower()}: "
                    f"the loans say {amount}, the ledger {found.get(account.id, 0)}"
                )


async def _note(connection: Connection, runtime: Runtime, cell: int, result: ClosedDay) -> None:
    """Write the step and its leaf; its subject is the day as yyyymmdd."""
    body = {
        "cell": cell,
        "day": result.day.isoformat(),
        "loans": result.loans,
        "lines": [
            [line.lender, line.product, line.loans, line.principal_minor, line.interest_minor,
             line.fee_minor, line.accrued_interest_minor, line.accrued_fee_minor]
            for line in result.lines
        ],
    }  # fmt: skip
    payload, at = canonical(body), runtime.clock.now()
    salt = runtime.entropy.bytes(SALT_BYTES)
    done = store.StepDone(CLOSED, result.loans, result.accrued_minor, payload.decode())
    await store.insert_step(connection, cell, result.day, done, salt, at)
    leaf = Entry("day_end", int(result.day.strftime("%Y%m%d")), commitment(salt, payload))
    await append(connection, cell, runtime.ids.new(_first_shard(runtime, cell)), [leaf], at)


def _read(day: date, done: store.StepDone) -> ClosedDay:
    lines = tuple(Line(*line) for line in json.loads(done.body)["lines"])
    return ClosedDay(day, done.loans, done.accrued_minor, lines)


def _accrued(line: Line) -> int:
    return line.accrued_interest_minor + line.accrued_fee_minor


def _ids(runtime: Runtime, cell: int, day: date, line: Line) -> Iterator[int]:
    """Yield ids that are the same whenever this day of this cell is closed."""
    shard_mask = ((1 << SHARD_BITS) - 1) << SEQUENCE_BITS
    shard = _first_shard(runtime, cell) << SEQUENCE_BITS
    for number in range(2):
        name = f"accrual|{cell}|{day}|{line.lender}|{line.product}|{number}"
        digest = hashlib.blake2b(name.encode(), digest_size=8).digest()
        yield (int.from_bytes(digest, "big") >> 1) & ~shard_mask | shard


def _first_shard(runtime: Runtime, cell: int) -> int:
    cells = runtime.settings.cells
    return -(-cell * SHARDS // cells)
