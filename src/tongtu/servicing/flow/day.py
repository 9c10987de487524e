"""Closing a day of one cell: chunk by chunk beside payments, then posted and proved in one commit.

Nothing is posted before all chunks are done, so a day end that is killed leaves no trace in the
books; started again, it goes on behind the last chunk that was committed.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, timedelta

from tongtu.evidence.api import Entry, append, commitment, leaf_hash, root_of
from tongtu.kernel.errors import Broken, Conflict
from tongtu.kernel.ids import SEQUENCE_BITS, SHARD_BITS, SHARDS
from tongtu.ledger.api import balances
from tongtu.runtime.api import Connection, Runtime, get_logger
from tongtu.servicing.flow import books
from tongtu.servicing.flow.chunk import Range, Run, is_done, run_chunk
from tongtu.servicing.flow.division import Division
from tongtu.servicing.flow.joint import INVARIANT, Line
from tongtu.servicing.flow.late import Late
from tongtu.servicing.flow.leaf import SALT_BYTES, canonical
from tongtu.servicing.rules.chunk import Pair
from tongtu.servicing.rules.delinquency import Standards
from tongtu.servicing.rules.snapshot import LAYOUT, SIGNED_RATE_LAYOUT
from tongtu.servicing.store import day as store
from tongtu.servicing.store import live
from tongtu.servicing.store.day_file import DayFiles, day_folder
from tongtu.servicing.store.segment_file import SegmentFiles

BEGUN, CLOSED, OPENED = "begun", "closed", "opened"
ONE_DAY = timedelta(days=1)
# Loans of a chunk: 20 MB of columns, a tenth of a second. No power of two: columns that lie so far
# apart would share the same places of a core's cache.
CHUNK = 131_000
# While one chunk computes, another reads or commits.
WORKERS = 2
log = get_logger("servicing")


class InvariantBroken(Broken):
    """Loans and control balances disagree: the day stays open until a person has looked."""

    default_code = INVARIANT


@dataclass(frozen=True, slots=True)
class ClosedDay:
    """The result of a closed day. `root` is that of its evidence files, in hex."""

    day: date
    loans: int
    accrued_minor: int
    lines: tuple[Line, ...]
    root: str = ""


async def close_cell(runtime: Runtime, cell: int, day: date, standards: Standards) -> ClosedDay:
    """Close `day` for a cell in commits of its own; a day already closed is returned as it was.

    Raises:
        Conflict: a day before it is still open, or another process is closing the cell.
        InvariantBroken: the loans' components are not their control balances.
    """
    async with _alone(runtime, cell):
        async with runtime.database.transaction() as connection:
            if (closed := await _closed(connection, cell, day)) is not None:
                return closed
            ranges = await _begin(connection, runtime, cell, day)
            run = await _prepare(connection, runtime, cell, day, standards)
            done = await store.chunks_of(connection, cell, day)
        # Were the database put back into a new server, what the old one counted by is of no use.
        found = {nr: one for nr, one in done.items() if one.horizon <= run.changed.horizon}
        chunks = await _run_chunks(run, ranges, found)
        late = Late(run, ranges, min(chunk.horizon for chunk in chunks))
        division = Division(run)
        async with runtime.database.reading() as connection:
            await late.catch_up(connection)
            await division.catch_up(connection)
        async with runtime.database.transaction() as connection:
            if await store.hold_books(connection, cell) == day:
                raise Conflict("another process has closed this day meanwhile", code="day_closing")
            count = await late.catch_up(connection)
            await division.catch_up(connection)
            lines = _lines(await store.controls(connection, cell), chunks, late)
            result = await _finish(connection, late, lines, division.spread(lines), chunks)
        log.info("day_closed", cell=cell, day=day.isoformat(), loans=result.loans, late=count)
        return result


async def open_next(connection: Connection, runtime: Runtime, cell: int, day: date) -> bool:
    """Note that the day after `day` was opened; False when it was already."""
    if await store.find_step(connection, cell, day, OPENED):
        return False
    salt, at = runtime.entropy.bytes(SALT_BYTES), runtime.clock.now()
    await store.insert_step(connection, cell, day, store.StepDone(OPENED, 0, 0, "{}"), salt, at)
    return True


@asynccontextmanager
async def _alone(runtime: Runtime, cell: int) -> AsyncIterator[None]:
    """Keep any other process from closing the cell; the database lets go when this one dies."""
    connection = await runtime.database.lane_connection()
    try:
        if not await store.try_close(connection, cell):
            raise Conflict("another process is closing this cell", code="day_closing")
        yield
    finally:
        await connection.close()


async def _closed(connection: Connection, cell: int, day: date) -> ClosedDay | None:
    """Return the day if it is closed. Raises Conflict when it is not the next one to close."""
    closed = await store.closed_through(connection, cell)
    if closed is not None and closed >= day:
        done = await store.find_step(connection, cell, day, CLOSED)
        if done is None:
            raise Conflict(f"{day} lies before the first day of these books", code="day_closed")
        return _read(day, done)
    if closed is not None and closed != day - ONE_DAY:
        raise Conflict(f"the day after {closed} is to be closed first", code="day_order")
    return None


async def _begin(connection: Connection, runtime: Runtime, cell: int, day: date) -> list[Range]:
    """Return the ranges of the day's chunks; they are fixed when the day is first begun."""
    begun = await store.find_step(connection, cell, day, BEGUN)
    if begun is None:
        cuts = await _cuts(connection, cell, day)
        body = canonical({"chunks": len(cuts) + 1, "cuts": [str(cut) for cut in cuts]}).decode()
        salt, at = runtime.entropy.bytes(SALT_BYTES), runtime.clock.now()
        await store.insert_step(connection, cell, day, store.StepDone(BEGUN, 0, 0, body), salt, at)
    else:
        cuts = [int(cut) for cut in json.loads(begun.body)["cuts"]]
    ends = [-1, *cuts, live.RANGE_MAX]
    return [Range(nr, ends[nr], ends[nr + 1]) for nr in range(len(ends) - 1)]


async def _cuts(connection: Connection, cell: int, day: date) -> list[int]:
    """Return where the loans are cut into chunks: as yesterday, and where the last one is full."""
    prior = await store.chunks_of(connection, cell, day - ONE_DAY)
    if not prior:
        return await live.bounds(connection, cell, CHUNK)
    cuts = [prior[nr].through for nr in sorted(prior)][:-1]
    if prior[max(prior)].loans >= CHUNK:
        cuts.append(await live.last_loan(connection, cell))
    return cuts


async def _prepare(
    connection: Connection, runtime: Runtime, cell: int, day: date, standards: Standards
) -> Run:
    prior = await store.chunks_of(connection, cell, day - ONE_DAY)
    horizon = min((chunk.horizon for chunk in prior.values()), default=None)
    changed = await live.changed_since(connection, cell, horizon)
    if horizon is not None and changed.horizon < horizon:
        prior = {}  # the database was restored: its transactions are counted anew
    home = runtime.settings.home
    return Run(
        runtime=runtime,
        cell=cell,
        day=day,
        standards=standards,
        segments=SegmentFiles(home / "segments" / f"cell-{cell}"),
        files=DayFiles(day_folder(home, cell, day)),
        prior=prior,
        changed=changed,
        paused=await live.pauses_until(connection, cell, day),
        posted_by=await _layout_of(connection, cell, day - ONE_DAY),
    )


async def _layout_of(connection: Connection, cell: int, day: date) -> int:
    """Return the layout a day was closed by; a day that does not say was before days did."""
    done = await store.find_step(connection, cell, day, CLOSED)
    if done is None:
        return LAYOUT
    layout: int = json.loads(done.body).get("layout", SIGNED_RATE_LAYOUT)
    return layout


async def _run_chunks(
    run: Run, ranges: Sequence[Range], found: Mapping[int, store.ChunkDone]
) -> list[store.ChunkDone]:
    """Close what is not closed yet, a few chunks at once; return all in order.

    Once one fails no other is begun, and those in hand are over before the failure is told: nobody
    writes a chunk's files after the cell is free to be closed anew.
    """
    waiting = iter(ranges)
    done: dict[int, store.ChunkDone] = {}
    has_ended = asyncio.Event()

    async def work() -> None:
        for part in waiting:
            if has_ended.is_set():
                return
            earlier = found.get(part.nr)
            if await asyncio.to_thread(is_done, run, part, earlier) and earlier is not None:
                done[part.nr] = earlier
            else:
                done[part.nr] = await run_chunk(run, part)
            log.info(
                "day_chunk_closed", cell=run.cell, day=run.day.isoformat(), chunks=len(ranges),
                done=len(done), loans=done[part.nr].loans,
            )  # fmt: skip

    tasks = [asyncio.create_task(work()) for _ in range(WORKERS)]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
    finally:
        has_ended.set()
        await asyncio.wait(tasks)
    # All are looked at, so that no second failure is left unseen; the first is told.
    if failures := [fault for task in tasks if (fault := task.exception()) is not None]:
        raise failures[0]
    return [done[nr] for nr in sorted(done)]


async def _finish(
    connection: Connection,
    late: Late,
    whole: Sequence[Line],
    lines: Sequence[Line],
    chunks: Sequence[store.ChunkDone],
) -> ClosedDay:
    """Post, prove and note the day. The caller holds the books, and `late` has caught up.

    `whole` has every loan once, `lines` each joint one in a line of each funder.
    """
    run = late.run
    await _accrue(connection, run, lines)
    await _prove(connection, run.cell, lines)
    late_sha256 = await asyncio.to_thread(late.write)
    parts = [chunk.part_sha256 for chunk in chunks] + ([late_sha256] if late_sha256 else [])
    result = ClosedDay(
        run.day,
        sum(line.loans for line in whole),
        sum(line.accrued_interest_minor + line.accrued_fee_minor for line in lines),
        tuple(lines),
        root_of([leaf_hash(part) for part in parts]).hex(),
    )
    await _note(connection, run, result, parts)
    await store.prune_chunks(connection, run.cell, run.day)
    return result


def _lines(pairs: Sequence[Pair], chunks: Sequence[store.ChunkDone], late: Late) -> list[Line]:
    """Return the sums of all loans, one line for each pair that has control accounts."""
    sums = {pair: [0] * 6 for pair in pairs}
    for chunk in chunks:
        for lender, product, *figures in json.loads(chunk.body):
            _add(sums[lender, product], figures)
    for pair, difference in late.differences():
        _add(sums[pair], difference)
    return [Line(*pair, *sums[pair]) for pair in pairs]


def _add(sums: list[int], figures: Sequence[int]) -> None:
    for place, figure in enumerate(figures):
        sums[place] += figure


async def _accrue(connection: Connection, run: Run, lines: Sequence[Line]) -> None:
    """Post one transfer per (lender, product) and component; their ids follow from the day."""
    groups = []
    for line in lines:
        group = books.Group(_ids(run, line), 0)
        accounts = books.Accounts(run.cell, line.lender, line.product)
        books.accrue(group, accounts, line.accrued_interest_minor, line.accrued_fee_minor)
        groups.append(group)
    await books.post_groups(connection, run.cell, groups, run.day, run.runtime.clock.now())


async def _prove(connection: Connection, cell: int, lines: Sequence[Line]) -> None:
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


async def _note(
    connection: Connection, run: Run, result: ClosedDay, parts: Sequence[bytes]
) -> None:
    """Write the step and its leaf; its subject is the day as yyyymmdd.

    The leaf commits to the sums, and by the root to what every single loan came to.
    """
    body = {
        "cell": run.cell,
        "day": result.day.isoformat(),
        "loans": result.loans,
        "layout": LAYOUT,
        "lines": [
            [line.lender, line.product, line.loans, line.principal_minor, line.interest_minor,
             line.fee_minor, line.accrued_interest_minor, line.accrued_fee_minor]
            for line in result.lines
        ],
        "parts": [part.hex() for part in parts],
        "root": result.root,
    }  # fmt: skip
    payload, runtime = canonical(body), run.runtime
    salt, at = runtime.entropy.bytes(SALT_BYTES), runtime.clock.now()
    done = store.StepDone(CLOSED, result.loans, result.accrued_minor, payload.decode())
    await store.insert_step(connection, run.cell, result.day, done, salt, at)
    leaf = Entry("day_end", int(result.day.strftime("%Y%m%d")), commitment(salt, payload))
    number = runtime.ids.new(_first_shard(runtime, run.cell))
    await append(connection, run.cell, number, [leaf], at)


def _read(day: date, done: store.StepDone) -> ClosedDay:
    body = json.loads(done.body)
    lines = tuple(Line(*line) for line in body["lines"])
    # A day closed before there was evidence of single loans has no root.
    return ClosedDay(day, done.loans, done.accrued_minor, lines, body.get("root", ""))


def _ids(run: Run, line: Line) -> Iterator[int]:
    """Yield ids that are the same whenever this day of this cell is closed."""
    shard_mask = ((1 << SHARD_BITS) - 1) << SEQUENCE_BITS
    shard = _first_shard(run.runtime, run.cell) << SEQUENCE_BITS
    for number in range(2):
        name = f"accrual|{run.cell}|{run.day}|{line.lender}|{line.product}|{number}"
        digest = hashlib.blake2b(name.encode(), digest_size=8).digest()
        yield (int.from_bytes(digest, "big") >> 1) & ~shard_mask | shard


def _first_shard(runtime: Runtime, cell: int) -> int:
    cells = runtime.settings.cells
    return -(-cell * SHARDS // cells)
