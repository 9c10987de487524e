"""The bank's statements: which were read, and the entries matched one to one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from tongtu.payments.matching import Entry, Statement
from tongtu.payments.model import OUTGOING, PaymentState
from tongtu.runtime.api import Connection

# Read in the cell of the platform itself: a bank's account holds the payments of all cells.
STATEMENT_CELL = 0
_ADD_STATEMENT = """
INSERT INTO payments.statement (cell, id, account, lender, day, taken_at, asked_at,
    opening_minor, closing_minor, entries)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""
_LATEST = """
SELECT day, closing_minor FROM payments.statement WHERE cell = $1 AND lender = $2 AND day <= $3
ORDER BY day DESC, asked_at DESC, id DESC LIMIT 1
"""
# Reads all cells.
_FIRST = "SELECT min(value_date) FROM payments.instruction WHERE lender = $1"
_KNOWN = """
SELECT reference FROM payments.entry WHERE cell = $1 AND lender = $2 AND reference = ANY ($3)
"""
_STANDING = """
SELECT reference, end_to_end_id, cell = $4 AND instruction IS NULL AS is_nobodys
FROM payments.entry WHERE cell = ANY ($1) AND lender = $2 AND reference = ANY ($3)
"""
_TAKE_UP = """
DELETE FROM payments.entry
WHERE cell = $1 AND lender = $2 AND reference = ANY ($3) AND instruction IS NULL
"""
_TAKEN = """
SELECT instruction, is_return FROM payments.entry
WHERE cell = $1 AND instruction = ANY ($2)
"""
_NAMED = """
SELECT end_to_end_id FROM payments.entry
WHERE cell = $1 AND end_to_end_id = ANY ($2) AND instruction IS NULL AND NOT is_return
"""
_ADD_ENTRIES = """
INSERT INTO payments.entry (cell, reference, end_to_end_id, lender, day, amount_minor, is_return,
    instruction, charge_minor, read_at)
SELECT $1, r.reference, r.number, $2, r.day, r.amount, r.is_return, r.instruction, r.charge, $3
FROM unnest($4::text[], $5::text[], $6::date[], $7::int8[], $8::bool[], $9::int8[], $10::int8[])
    AS r(reference, number, day, amount, is_return, instruction, charge)
"""
# The statement before this one: what its reading has judged is not judged again.
_BEFORE = """
SELECT day, asked_at FROM payments.statement
WHERE cell = $1 AND lender = $2 AND day <= $3 AND id <> $4
ORDER BY day DESC, asked_at DESC, id DESC LIMIT 1
"""
# Reads all cells. What ended by the day, or was open when the day began, and lacks its entry: of
# what is of a day of the window or that no statement covered, or changed within it.
_LACKING = """
WITH news AS MATERIALIZED (
    SELECT cell, id, state, kind, end_to_end_id, amount_minor, value_date
    FROM payments.instruction
    WHERE lender = $1 AND value_date BETWEEN least($4, $2::date - $6::int4) AND $2
        AND changed_at < $3
    UNION
    SELECT cell, id, state, kind, end_to_end_id, amount_minor, value_date
    FROM payments.instruction
    WHERE lender = $1 AND value_date <= $2 AND changed_at >= $5 AND changed_at < $3
)
SELECT i.cell, i.id, i.state, i.kind, i.end_to_end_id, i.amount_minor, false AS is_return
FROM news i
WHERE (i.state IN ('settled', 'returned')
         OR i.state IN ('sent', 'accepted', 'unknown') AND i.value_date < $2)
    AND NOT EXISTS (SELECT FROM payments.entry e
                    WHERE e.cell = i.cell AND e.instruction = i.id AND NOT e.is_return)
    AND NOT EXISTS (SELECT FROM payments.entry e
                    WHERE e.cell = i.cell AND e.end_to_end_id = i.end_to_end_id)
UNION ALL
SELECT i.cell, i.id, i.state, i.kind, i.end_to_end_id, i.amount_minor, true
FROM news i
WHERE i.state = 'returned'
    AND NOT EXISTS (SELECT FROM payments.entry e
                    WHERE e.cell = i.cell AND e.instruction = i.id AND e.is_return)
ORDER BY 2
"""
_CLOSINGS = """
SELECT DISTINCT ON (day) day, closing_minor FROM payments.statement
WHERE cell = $1 AND lender = $2 AND day BETWEEN $3 AND $4
ORDER BY day, asked_at DESC, id DESC
"""


@dataclass(frozen=True, slots=True)
class Read:
    """A statement as it was read: by which name, of which lender, asked for when.

    What is of its last `window_days` is looked at once more, whenever it was noted here: a change
    carries the time of its clock and is seen by its commit, and a bank may book late.
    """

    id: int
    lender: int
    statement: Statement
    asked_at: datetime
    window_days: int


@dataclass(frozen=True, slots=True)
class Kept:
    """An entry and the instruction it is matched with, if it is."""

    entry: Entry
    instruction: int | None


@dataclass(frozen=True, slots=True)
class Lacking:
    """An instruction whose movement the bank's books do not hold."""

    cell: int
    instruction: int
    state: PaymentState
    end_to_end_id: str
    movement_minor: int
    is_return: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """An entry as it was kept: by which name, and whether among those that are of no payment."""

    end_to_end_id: str
    is_nobodys: bool


async def add_statement(connection: Connection, read: Read) -> None:
    """Note that a statement was read."""
    one = read.statement
    await connection.execute(
        _ADD_STATEMENT,
        STATEMENT_CELL,
        read.id,
        one.account,
        read.lender,
        one.day,
        one.taken_at,
        read.asked_at,
        one.opening_minor,
        one.closing_minor,
        len(one.entries),
    )


async def last_read(connection: Connection, lender: int, day: date) -> tuple[date, int] | None:
    """Return the latest day, up to `day`, whose statement was read, and its closing balance."""
    row = await connection.fetchrow(_LATEST, STATEMENT_CELL, lender, day)
    return None if row is None else (row["day"], row["closing_minor"])


async def closings_read(
    connection: Connection, lender: int, days: tuple[date, date]
) -> dict[date, int]:
    """Return the closing balance of each day between two, as it was last read."""
    rows = await connection.fetch(_CLOSINGS, STATEMENT_CELL, lender, *days)
    return {row["day"]: row["closing_minor"] for row in rows}


async def first_value_date(connection: Connection, lender: int) -> date | None:
    """Return the day of a lender's first payment, if it has one."""
    found: date | None = await connection.fetchval(_FIRST, lender)
    return found


async def known_references(
    connection: Connection, cell: int, lender: int, references: Sequence[str]
) -> frozenset[str]:
    """Return which of the references on a lender's account were read before."""
    rows = await connection.fetch(_KNOWN, cell, lender, list(references))
    return frozenset(row["reference"] for row in rows)


async def standing(
    connection: Connection, cells: Sequence[int], lender: int, references: Sequence[str]
) -> dict[str, Standing]:
    """Return, by reference, the entries of a lender's account that were read, in whichever cell."""
    rows = await connection.fetch(_STANDING, list(cells), lender, list(references), STATEMENT_CELL)
    return {row["reference"]: Standing(row["end_to_end_id"], row["is_nobodys"]) for row in rows}


async def take_up(connection: Connection, lender: int, references: Sequence[str]) -> None:
    """Let entries that were nobody's be judged anew: the payment of each is known by now."""
    await connection.execute(_TAKE_UP, STATEMENT_CELL, lender, list(references))


async def taken(
    connection: Connection, cell: int, instructions: Sequence[int]
) -> set[tuple[int, bool]]:
    """Return which instructions have their entry, and their entry of return, already."""
    rows = await connection.fetch(_TAKEN, cell, list(instructions))
    return {(row["instruction"], row["is_return"]) for row in rows}


async def named(connection: Connection, cell: int, numbers: Sequence[str]) -> set[str]:
    """Return of which payments a movement stands in a break, by end-to-end id."""
    rows = await connection.fetch(_NAMED, cell, list(numbers))
    return {row["end_to_end_id"] for row in rows}


async def add_entries(
    connection: Connection, cell: int, lender: int, kept: Sequence[Kept], at: datetime
) -> None:
    """Keep entries of one lender and cell. A second match of one instruction is refused."""
    await connection.execute(
        _ADD_ENTRIES,
        cell,
        lender,
        at,
        [one.entry.reference for one in kept],
        [one.entry.end_to_end_id for one in kept],
        [one.entry.day for one in kept],
        [one.entry.amount_minor for one in kept],
        [one.entry.is_return for one in kept],
        [one.instruction for one in kept],
        [one.entry.charge_minor for one in kept],
    )


async def lacking(connection: Connection, read: Read) -> list[Lacking]:
    """Return what the bank's books should hold by the day and, when asked, did not.

    What has its break already may be among it; older than the window is only what changed since.
    """
    lender, day = read.lender, read.statement.day
    before = await connection.fetchrow(_BEFORE, STATEMENT_CELL, lender, day, read.id)
    from_day, since = (date.min, read.asked_at) if before is None else before
    rows = await connection.fetch(
        _LACKING,
        lender,
        day,
        read.asked_at,
        from_day,
        since - timedelta(days=read.window_days),
        read.window_days,
    )
    return [
        Lacking(
            row["cell"],
            row["id"],
            PaymentState(row["state"]),
            row["end_to_end_id"],
            # What comes back of a movement is its opposite.
            row["amount_minor"] if (row["kind"] not in OUTGOING) != row["is_return"]
            else -row["amount_minor"],
            row["is_return"],
        )
        for row in rows
    ]  # fmt: skip
