"""The bank's statement beside our instructions: each entry matched one to one, or a named break.

It is safe to read the same day again: what was matched stays, what came since is judged.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tongtu.kernel.ids import cell_of, id_shard
from tongtu.payments.flow.hear import dispute, hear, hear_return
from tongtu.payments.matching import (
    Break,
    BreakKind,
    Entry,
    Statement,
    Verdict,
    by_reference,
    judge,
)
from tongtu.payments.model import Answer, Instruction, PaymentState, Returned, Saying
from tongtu.payments.store import breaks, statement
from tongtu.payments.store import instruction as instructions
from tongtu.payments.store.statement import STATEMENT_CELL, Kept, Lacking, Read
from tongtu.runtime.api import Connection, Runtime

# The payment that each entry is of, by the entry's own reference; None for nobody's.
_Numbers = Mapping[str, int | None]


@dataclass(frozen=True, slots=True)
class Matching:
    """What a reading of one statement came to."""

    entries: int
    known: int  # read before
    matched: int  # matched by this reading
    settled: int  # of those, answered by the statement itself
    breaks: int  # opened by this reading


async def reconcile(
    connection: Connection,
    runtime: Runtime,
    lender: int,
    read: Statement,
    asked_at: datetime,
) -> Matching:
    """Match a statement of a lender's account, in the caller's transaction.

    `asked_at` is when it was asked for, by our clock: what happened here since is not missed there.
    """
    window_days = runtime.settings.bank_window_days
    kept = Read(runtime.ids.new(0), lender, read, asked_at, window_days)
    await statement.add_statement(connection, kept)
    named, numbers = await _numbers(connection, runtime, kept)
    known, matched, settled, opened = len(read.entries) - len(named), 0, 0, 0
    for cell, entries in _by_cell(runtime, named, numbers):
        work = _Cell(connection, runtime, cell, (lender, numbers))
        fresh = await work.fresh(entries)
        known += len(entries) - len(fresh)
        await work.judge_all(fresh)
        await work.keep()
        matched, settled = matched + len(work.matched), settled + work.settled
        opened += work.opened
    for one in await statement.lacking(connection, kept):
        opened += await breaks.open_break(connection, runtime, _absent(one, lender, read))
    return Matching(len(read.entries), known, matched, settled, opened)


class _Cell:
    """One cell's share of a statement: judged entry by entry, kept at once."""

    def __init__(
        self, connection: Connection, runtime: Runtime, cell: int, of: tuple[int, _Numbers]
    ) -> None:
        """`of` is the lender, and the payment each entry names."""
        self._connection, self._runtime = connection, runtime
        self._cell, (self._lender, self._numbers) = cell, of
        self._kept: list[Kept] = []
        self._taken: set[tuple[int, bool]] = set()
        self._named: set[str] = set()
        self.matched: list[int] = []
        self.settled = self.opened = 0

    async def fresh(self, entries: Sequence[Entry]) -> list[Entry]:
        """Return what was not read before; movements first, what came back of them after."""
        references = [entry.reference for entry in entries]
        known = await statement.known_references(
            self._connection, self._cell, self._lender, references
        )
        found = [entry for entry in entries if entry.reference not in known]
        return sorted(found, key=lambda entry: entry.is_return)

    async def judge_all(self, entries: Sequence[Entry]) -> None:
        numbers = {entry.reference: self._numbers.get(entry.reference) for entry in entries}
        ids = sorted({number for number in numbers.values() if number is not None})
        found = await instructions.find_many(self._connection, self._cell, ids)
        self._taken = await statement.taken(self._connection, self._cell, ids)
        self._named = await statement.named(
            self._connection, self._cell, [entry.end_to_end_id for entry in entries]
        )
        for entry in entries:
            number = numbers[entry.reference]
            await self._judge(entry, None if number is None else found.get(number))

    async def keep(self) -> None:
        """Write the entries down, and end the breaks that waited for them."""
        at = self._runtime.clock.now()
        await statement.add_entries(self._connection, self._cell, self._lender, self._kept, at)
        await breaks.mend(self._connection, self._cell, self.matched, at)

    async def _judge(self, entry: Entry, seen: Instruction | None) -> None:
        found = seen
        if seen is not None and not _is_plain(entry, seen):
            # Whatever may change it is decided on the locked row, not on what was read.
            found = await instructions.hold(self._connection, self._cell, seen.id)
        verdict, kind = judge(
            entry,
            found,
            is_on_account=found is not None and found.lender == self._lender,
            is_taken=found is not None and (found.id, entry.is_return) in self._taken,
            is_named=entry.end_to_end_id in self._named,
        )
        if kind is None and found is not None and await self._take(entry, found, verdict):
            self._taken.add((found.id, entry.is_return))
            self.matched.append(found.id)
            self._kept.append(Kept(entry, found.id))
            return
        if verdict is Verdict.DISPUTES and found is not None:
            await dispute(self._connection, self._runtime, found, f"see entry {entry.reference}")
        is_first = entry.end_to_end_id not in self._named
        if kind is BreakKind.OTHER_AMOUNT and found is not None and is_first:
            await self._cover(entry, found)
        await self._open(entry, found, kind or BreakKind.UNKNOWN_RETURN)
        self._kept.append(Kept(entry, None))
        if not entry.is_return:
            self._named.add(entry.end_to_end_id)

    async def _take(self, entry: Entry, found: Instruction, verdict: Verdict) -> bool:
        """Let the entry have its effect on the instruction; False when it could have none."""
        if verdict is Verdict.SETTLES:
            yes = Answer(Saying.YES, None, entry.reference, found.amount_minor)
            state = await hear(self._connection, self._runtime, found, yes)
            self.settled += 1
            return state is PaymentState.SETTLED
        if verdict is Verdict.RETURNS:
            amount_minor = abs(entry.amount_minor)
            back = Returned(entry.end_to_end_id, amount_minor, entry.reason, entry.charge_minor)
            return await hear_return(self._connection, self._runtime, found, back)
        return True

    async def _cover(self, entry: Entry, found: Instruction) -> None:
        """Close what was told of the same movement before its amount was seen: it has one break."""
        why, at = f"entry {entry.reference} shows what moved", self._runtime.clock.now()
        await breaks.cover(self._connection, found, BreakKind.SETTLED_AFTER_NO, at, why)

    async def _open(self, entry: Entry, found: Instruction | None, kind: BreakKind) -> None:
        # A yes after a no opened its break when it was heard; the entry is the same movement.
        is_told = kind is BreakKind.SETTLED_AFTER_NO
        new = Break(
            self._cell, kind, self._lender, entry.day, entry.end_to_end_id, entry.amount_minor,
            "" if is_told else entry.reference, None if found is None else found.id,
        )  # fmt: skip
        self.opened += await breaks.open_break(self._connection, self._runtime, new)


def _is_plain(entry: Entry, seen: Instruction) -> bool:
    """Tell whether the entry is simply what we hold settled: nothing can change about it."""
    return (
        not entry.is_return
        and seen.state in (PaymentState.SETTLED, PaymentState.RETURNED)
        and seen.movement_minor == entry.amount_minor
    )


def _absent(one: Lacking, lender: int, read: Statement) -> Break:
    is_open = one.state in (PaymentState.SENT, PaymentState.ACCEPTED, PaymentState.UNKNOWN)
    return Break(
        one.cell,
        BreakKind.UNANSWERED if is_open else BreakKind.MISSING_ENTRY,
        lender,
        read.day,
        one.end_to_end_id,
        # Of what has no answer nothing is known to have moved.
        0 if is_open else -one.movement_minor,
        "return" if one.is_return else "",
        one.instruction,
    )


async def _numbers(
    connection: Connection, runtime: Runtime, kept: Read
) -> tuple[list[Entry], _Numbers]:
    """Return the entries and the payment of each: the one it names, or that the bank named like it.

    What is found by the bank's reference carries its payment's own end-to-end id from here on: by
    that id a verdict, and a payout made anew, look for what moved. Where such an entry was kept
    before stays its place, and it is left out; but for one that was nobody's until now.
    """
    entries = list(kept.statement.entries)
    numbers = {entry.reference: _number(runtime, entry) for entry in entries}
    nameless = [entry for entry in entries if numbers[entry.reference] is None]
    if not nameless:
        return entries, numbers
    day, window_days = kept.statement.day, kept.window_days
    found = await instructions.find_by_reference(
        connection,
        kept.lender,
        [entry.reference for entry in nameless],
        (day - timedelta(days=window_days), day),
    )
    owners = by_reference(nameless, found, window_days)
    numbers.update((reference, one.id) for reference, one in owners.items())
    names = {reference: one.end_to_end_id for reference, one in owners.items()}
    stays = await _standing(connection, runtime, kept, [one.reference for one in nameless], names)
    named = [
        replace(entry, end_to_end_id=names.get(entry.reference, entry.end_to_end_id))
        for entry in entries
        if entry.reference not in stays
    ]
    return named, numbers


async def _standing(
    connection: Connection,
    runtime: Runtime,
    kept: Read,
    references: Sequence[str],
    names: Mapping[str, str],
) -> set[str]:
    """Return which nameless entries stay where they were kept; what was nobody's is taken up."""
    cells = range(runtime.settings.cells)
    stands = await statement.standing(connection, cells, kept.lender, references)
    found = [
        reference
        for reference, one in stands.items()
        if one.is_nobodys and reference in names and one.end_to_end_id != names[reference]
    ]
    at = runtime.clock.now()
    await statement.take_up(connection, kept.lender, found)
    await breaks.name_entries(connection, STATEMENT_CELL, kept.lender, found, at)
    return stands.keys() - set(found)


def _number(runtime: Runtime, entry: Entry) -> int | None:
    try:
        return runtime.public.read("payment", entry.end_to_end_id)
    except ValueError:
        return None


def _by_cell(
    runtime: Runtime, entries: Iterable[Entry], numbers: _Numbers
) -> list[tuple[int, list[Entry]]]:
    cells: dict[int, list[Entry]] = {}
    for entry in entries:
        number = numbers[entry.reference]
        cell = (
            STATEMENT_CELL if number is None else cell_of(id_shard(number), runtime.settings.cells)
        )
        cells.setdefault(cell, []).append(entry)
    return sorted(cells.items())
