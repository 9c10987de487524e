"""Breaks as rows: opened once by name, closed once with a reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from tongtu.kernel.ids import id_shard
from tongtu.payments.matching import COMES_AGAIN, MENDED_BY_ENTRY, Break, BreakKind
from tongtu.payments.model import Instruction
from tongtu.runtime.api import Connection, Runtime

PAGE_MAX = 200
_FIELDS = """cell, id, kind, owner, lender, day, end_to_end_id, reference, instruction,
    amount_minor, opened_at, closed_at, closed_by, reason"""
_OPEN = """
INSERT INTO payments.break (cell, id, kind, owner, lender, day, end_to_end_id, reference,
    instruction, amount_minor, opened_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT (cell, lender, kind, end_to_end_id, reference) DO NOTHING
RETURNING id
"""
# A yes after a no has one break, whichever way it is heard of; one that a verdict closed is open
# again when the bank moves the money after all. So is what the ledger refuses once more.
_OPEN_AGAIN = _OPEN.replace(
    "DO NOTHING",
    """DO UPDATE SET closed_at = NULL, closed_by = NULL, reason = NULL,
    day = excluded.day, amount_minor = excluded.amount_minor, opened_at = excluded.opened_at
WHERE break.closed_at IS NOT NULL""",
)
_CLOSE = f"""
UPDATE payments.break SET closed_at = $3, closed_by = $4, reason = $5
WHERE cell = $1 AND id = $2 AND closed_at IS NULL RETURNING {_FIELDS}
"""
_FIND = f"SELECT {_FIELDS} FROM payments.break WHERE cell = $1 AND id = $2"
_HOLD = f"{_FIND} FOR UPDATE"
_MENDED = """
UPDATE payments.break SET closed_at = $3, reason = 'the bank''s books show it after all'
WHERE cell = $1 AND instruction = ANY ($2) AND kind = ANY ($4) AND closed_at IS NULL
"""
_NAMED = """
UPDATE payments.break SET closed_at = $4, reason = 'the bank''s reference names its payment by now'
WHERE cell = $1 AND lender = $2 AND reference = ANY ($3) AND kind = 'unknown_entry'
    AND instruction IS NULL AND closed_at IS NULL
"""
_IS_OPEN = """
SELECT EXISTS (SELECT FROM payments.break
               WHERE cell = $1 AND instruction = $2 AND kind = $3 AND closed_at IS NULL)
"""
_COVERED = """
UPDATE payments.break SET closed_at = $4, reason = $5
WHERE cell = $1 AND instruction = $2 AND kind = $3 AND closed_at IS NULL
"""
# Reads all cells: an account's statements hold the movements of every one.
_LACKING = """
SELECT i.value_date, b.day FROM payments.break b
JOIN payments.instruction i ON i.cell = b.cell AND i.id = b.instruction
WHERE b.lender = $1 AND b.kind = ANY ($2) AND b.closed_at IS NULL AND b.day >= $3
"""
# Reads all cells: the list of one house.
_LIST = f"""
SELECT {_FIELDS} FROM payments.break
WHERE id > $1 AND (closed_at IS NULL OR NOT $2) AND ($3::int2 IS NULL OR lender = $3)
ORDER BY id LIMIT $4
"""
_HISTORY = """
SELECT break, seq, what, at, amount_minor, by, reason FROM payments.break_event
WHERE cell = ANY ($1) AND break = ANY ($2) ORDER BY break, seq
"""


@dataclass(frozen=True, slots=True)
class BreakEvent:
    """What happened to a break: opened, reopened, or closed: why, and by whom (none: by itself)."""

    what: str
    at: datetime
    amount_minor: int
    by: int | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class BreakRow:
    """A break as it stands."""

    found: Break
    id: int
    opened_at: datetime
    closed_at: datetime | None
    closed_by: int | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which breaks are listed: one lender's or all, only open ones or all, after which id."""

    after: int = 0
    lender: int | None = None
    is_open_only: bool = True
    limit: int = 50


async def spans_lacking(
    connection: Connection, lender: int, since: date
) -> list[tuple[date, date]]:
    """Return where entries that a lender's statements lack may stand: first and last day of each.

    From the payment's value date to the day it was missed on, `since` then.
    """
    kinds = [kind.value for kind in MENDED_BY_ENTRY]
    return [tuple(row) for row in await connection.fetch(_LACKING, lender, kinds, since)]


async def open_break(connection: Connection, runtime: Runtime, new: Break) -> bool:
    """Open a break under its name; False when it stands, open or closed, already.

    A closed one of a kind that may come again is opened again; its history keeps both.
    """
    # A break of no instruction has no party: its id lies in the shard of the platform itself.
    shard = id_shard(new.instruction) if new.instruction else 0
    number = await connection.fetchval(
        _OPEN_AGAIN if new.kind in COMES_AGAIN else _OPEN,
        new.cell,
        runtime.ids.new(shard),
        new.kind.value,
        new.owner.value,
        new.lender,
        new.day,
        new.end_to_end_id,
        new.reference,
        new.instruction,
        new.amount_minor,
        runtime.clock.now(),
    )
    return number is not None


@dataclass(frozen=True, slots=True)
class Closing:
    """Who closes a break, when and why."""

    by: int
    at: datetime
    reason: str


async def close(connection: Connection, cell: int, id: int, closing: Closing) -> BreakRow | None:  # noqa: A002 - the field's name
    """Close an open break; None when it is not open."""
    row = await connection.fetchrow(_CLOSE, cell, id, closing.at, closing.by, closing.reason)
    return None if row is None else _read(row)


async def find(connection: Connection, cell: int, id: int) -> BreakRow | None:  # noqa: A002 - same
    """Return a break, if there is one of this id."""
    row = await connection.fetchrow(_FIND, cell, id)
    return None if row is None else _read(row)


async def hold(connection: Connection, cell: int, id: int) -> BreakRow | None:  # noqa: A002 - same
    """Return a break, locked until the transaction ends; None when there is no such one."""
    row = await connection.fetchrow(_HOLD, cell, id)
    return None if row is None else _read(row)


async def mend(
    connection: Connection, cell: int, instructions: Sequence[int], at: datetime
) -> None:
    """Close what waited for an entry that has come."""
    kinds = [kind.value for kind in MENDED_BY_ENTRY]
    await connection.execute(_MENDED, cell, list(instructions), at, kinds)


async def name_entries(
    connection: Connection, cell: int, lender: int, references: Sequence[str], at: datetime
) -> None:
    """Close the breaks of entries that were nobody's and are judged anew, by reference."""
    await connection.execute(_NAMED, cell, lender, list(references), at)


async def is_break_open(connection: Connection, held: Instruction, kind: BreakKind) -> bool:
    """Tell whether a break of a kind about this payment waits for a person."""
    found: bool = await connection.fetchval(_IS_OPEN, held.cell, held.id, kind.value)
    return found


async def cover(
    connection: Connection, held: Instruction, kind: BreakKind, at: datetime, reason: str
) -> bool:
    """Close a payment's breaks of a kind that no person has to clear now; False if none is open."""
    done = await connection.execute(_COVERED, held.cell, held.id, kind.value, at, reason)
    return bool(done != "UPDATE 0")


async def histories(
    connection: Connection, rows: Sequence[BreakRow]
) -> dict[int, list[BreakEvent]]:
    """Return what happened to each of the breaks, in order, by id."""
    cells = sorted({row.found.cell for row in rows})
    found: dict[int, list[BreakEvent]] = {row.id: [] for row in rows}
    for row in await connection.fetch(_HISTORY, cells, list(found)):
        happened = BreakEvent(row["what"], row["at"], row["amount_minor"], row["by"], row["reason"])
        found[row["break"]].append(happened)
    return found


async def list_breaks(connection: Connection, wanted: Wanted) -> list[BreakRow]:
    """Return a page of breaks, oldest first."""
    limit = max(1, min(wanted.limit, PAGE_MAX))
    rows = await connection.fetch(_LIST, wanted.after, wanted.is_open_only, wanted.lender, limit)
    return [_read(row) for row in rows]


def _read(row: object) -> BreakRow:
    values = dict(row)  # type: ignore[call-overload]  # asyncpg's Record is a mapping
    return BreakRow(
        Break(
            values["cell"],
            BreakKind(values["kind"]),
            values["lender"],
            values["day"],
            values["end_to_end_id"],
            values["amount_minor"],
            values["reference"],
            values["instruction"],
        ),
        values["id"],
        values["opened_at"],
        values["closed_at"],
        values["closed_by"],
        values["reason"],
    )
