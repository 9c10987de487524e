"""The closing of days: the books' lock, the steps and chunks done. Callers own the transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from tongtu.runtime.api import Connection

_SHARE = "SELECT servicing.share_books($1)"
_HOLD = "SELECT servicing.hold_books($1)"
_CLOSED = """
SELECT max(business_date) FROM servicing.day_end WHERE cell = $1 AND step = 'closed'
"""
# Held by a session until it ends: one process closes a cell at a time.
_TRY_CLOSE = "SELECT pg_try_advisory_lock(710302, $1::int4)"
_CONTROLS = "SELECT lender, product FROM servicing.control WHERE cell = $1 ORDER BY 1, 2"
_OPEN_CONTROL = "INSERT INTO servicing.control VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING"
# Locks nothing but what it raises: payouts of a product do not wait for one another.
_RAISE_RATE = """
UPDATE servicing.control SET overdue_rate_max_bps = $4
WHERE cell = $1 AND lender = $2 AND product = $3 AND overdue_rate_max_bps < $4
"""
_LOWER_RATE = """
UPDATE servicing.control SET overdue_rate_max_bps = $4
WHERE cell = $1 AND lender = $2 AND product = $3 AND overdue_rate_max_bps > $4
"""
# Live loans that a lender has claims of, its shares of joint ones and what it took over included,
# which nothing has capped so low. Read only when the law refuses the control's highest rate.
_DEARER = """
SELECT l.id FROM servicing.loan l
WHERE l.cell = $1 AND l.product = $3 AND l.status = 'live'
    AND (l.terms::jsonb ->> 'overdue_rate_bps')::int4 > $4
    AND (l.lender = $2
         OR EXISTS (SELECT FROM servicing.share s
                    WHERE s.cell = l.cell AND s.loan = l.id AND s.lender = $2)
         OR EXISTS (SELECT FROM servicing.compensation c
                    WHERE c.cell = l.cell AND c.loan = l.id AND c.guarantor = $2))
    AND NOT EXISTS (SELECT FROM servicing.loan_event e
                    WHERE e.cell = l.cell AND e.loan = l.id
                        AND e.kind = 'overdue_capped'
                        AND (e.details ->> 'overdue_rate_bps')::int4 <= $4)
ORDER BY l.id LIMIT 100
"""
_RATES = """
SELECT lender, product, overdue_rate_max_bps FROM servicing.control WHERE cell = $1 ORDER BY 1, 2
"""
_STEP = """
INSERT INTO servicing.day_end (cell, business_date, step, loans, accrued_minor, body, salt, at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""
_FIND = """
SELECT loans, accrued_minor, body FROM servicing.day_end
WHERE cell = $1 AND business_date = $2 AND step = $3
"""
_CHUNKS = """
SELECT nr, above, through, loans, horizon, token, part_sha256, body FROM servicing.day_chunk
WHERE cell = $1 AND business_date = $2 ORDER BY nr
"""
_PUT_CHUNK = """
INSERT INTO servicing.day_chunk (cell, business_date, nr, above, through, loans, horizon, token,
    part_sha256, body, at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT (cell, business_date, nr) DO UPDATE SET loans = $6, horizon = $7, token = $8,
    part_sha256 = $9, body = $10, at = $11
"""
_PRUNE = "DELETE FROM servicing.day_chunk WHERE cell = $1 AND business_date < $2"
_PROGRESS = """
SELECT b.business_date, (b.body::jsonb ->> 'chunks')::int4 AS chunks,
    (SELECT count(*) FROM servicing.day_chunk c
        WHERE c.cell = b.cell AND c.business_date = b.business_date)::int4 AS done,
    EXISTS (SELECT FROM servicing.day_end e WHERE e.cell = b.cell
        AND e.business_date = b.business_date AND e.step = 'closed') AS is_closed
FROM servicing.day_end b WHERE b.cell = $1 AND b.step = 'begun'
ORDER BY b.business_date DESC LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class StepDone:
    """A step of a day end. `body` is canonical JSON; amounts in minor units."""

    step: str
    loans: int
    accrued_minor: int
    body: str


@dataclass(frozen=True, slots=True)
class ChunkDone:
    """What one chunk of a day came to: loans with above < id <= through."""

    nr: int
    above: int
    through: int
    loans: int
    horizon: int
    token: bytes
    part_sha256: bytes
    body: str


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the day end that was begun last has come."""

    day: date
    chunks: int
    done: int
    is_closed: bool


async def share_books(connection: Connection, cell: int) -> date | None:
    """Take the writers' lock for this transaction; return the last day closed."""
    day: date | None = await connection.fetchval(_SHARE, cell)
    return day


async def hold_books(connection: Connection, cell: int) -> date | None:
    """Keep every writer of the cell's loans out until commit; return the last day closed."""
    day: date | None = await connection.fetchval(_HOLD, cell)
    return day


async def try_close(connection: Connection, cell: int) -> bool:
    """Take the right to close the cell for this session; False when another has it."""
    return bool(await connection.fetchval(_TRY_CLOSE, cell))


async def closed_through(connection: Connection, cell: int) -> date | None:
    """Return the last day closed, without a lock."""
    day: date | None = await connection.fetchval(_CLOSED, cell)
    return day


async def controls(connection: Connection, cell: int) -> list[tuple[int, str]]:
    """Return the (lender, product) pairs that have control accounts."""
    return [(row[0], row[1]) for row in await connection.fetch(_CONTROLS, cell)]


async def open_control(
    connection: Connection, cell: int, of: tuple[int, str], overdue_rate_bps: int
) -> None:
    """Note that a lender and product have loans, and the highest overdue rate of any of them."""
    await connection.execute(_OPEN_CONTROL, cell, *of, overdue_rate_bps)
    await connection.execute(_RAISE_RATE, cell, *of, overdue_rate_bps)


async def lower_rate(
    connection: Connection, cell: int, of: tuple[int, str], overdue_rate_bps: int
) -> None:
    """Note that no live loan of a lender and product bears more; the caller holds the books."""
    await connection.execute(_LOWER_RATE, cell, *of, overdue_rate_bps)


async def dearer_loans(
    connection: Connection, cell: int, of: tuple[int, str], overdue_rate_bps: int
) -> list[int]:
    """Return some live loans of a lender and product that bear more than a rate."""
    rows = await connection.fetch(_DEARER, cell, *of, overdue_rate_bps)
    return [row["id"] for row in rows]


async def overdue_rates(connection: Connection, cell: int) -> list[tuple[int, str, int]]:
    """Return the rate (basis points) no live loan bears more than, by lender and product."""
    return [(row[0], row[1], row[2]) for row in await connection.fetch(_RATES, cell)]


async def find_step(connection: Connection, cell: int, day: date, step: str) -> StepDone | None:
    """Return a step already done, or None."""
    row = await connection.fetchrow(_FIND, cell, day, step)
    return None if row is None else StepDone(step, *row)


async def insert_step(  # noqa: PLR0913, PLR0917 - one row, its place and its proof
    connection: Connection, cell: int, day: date, done: StepDone, salt: bytes, at: datetime
) -> None:
    """Note a step in the commit that does it."""
    await connection.execute(
        _STEP, cell, day, done.step, done.loans, done.accrued_minor, done.body, salt, at
    )


async def chunks_of(connection: Connection, cell: int, day: date) -> dict[int, ChunkDone]:
    """Return the chunks of a day that are done, by number."""
    rows = await connection.fetch(_CHUNKS, cell, day)
    return {row["nr"]: ChunkDone(*row) for row in rows}


async def put_chunk(
    connection: Connection, cell: int, day: date, done: ChunkDone, at: datetime
) -> None:
    """Note a chunk; one that was noted before is replaced."""
    await connection.execute(
        _PUT_CHUNK, cell, day, done.nr, done.above, done.through, done.loans, done.horizon,
        done.token, done.part_sha256, done.body, at,
    )  # fmt: skip


async def prune_chunks(connection: Connection, cell: int, before: date) -> None:
    """Remove the chunks of days before `before`: their sums stand in the day itself."""
    await connection.execute(_PRUNE, cell, before)


async def progress(connection: Connection, cell: int) -> Progress | None:
    """Return how far the last day end of the cell has come; None before the first."""
    row = await connection.fetchrow(_PROGRESS, cell)
    return None if row is None else Progress(*row)
