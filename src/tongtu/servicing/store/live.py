"""What a day end reads of single loans: those that changed, and all of a range."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import accumulate, pairwise

import numpy as np
from asyncpg import Record

from tongtu.runtime.api import Connection
from tongtu.servicing.model import FrozenTerms
from tongtu.servicing.rules.chunk import Fresh
from tongtu.servicing.rules.delinquency import OverduePause, Standing
from tongtu.servicing.rules.snapshot import Ints

RANGE_MAX = (1 << 63) - 1
# So many snapshots of about 1 kB are held as Python objects at once.
PAGE = 16_384

_HORIZON = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::int8"
_CHANGED = """
SELECT DISTINCT loan FROM servicing.loan_event WHERE cell = $1 AND xid >= $2::text::xid8
"""
# A page comes as one row of columns, not as a row a loan: that is a fraction of the work at both
# ends. A day is its ordinal.
_COLUMNS = """array_agg(id) AS loans, array_agg(lender) AS lenders, array_agg(product) AS products,
    array_agg(length(snapshot)) AS lengths, string_agg(snapshot, ''::bytea) AS snapshots,
    array_agg(status = 'live') AS is_live, array_agg(seq) AS seq,
    array_agg(marked_on - DATE '0001-01-01' + 1) AS marked_on,
    array_agg(marked_interest_minor) AS marked_interest,
    array_agg(marked_fee_minor) AS marked_fee"""
_THESE = f"SELECT {_COLUMNS} FROM servicing.loan WHERE cell = $1 AND id = ANY ($2)"
# How a loan stands, as `Standing.packed` has it.
_PAGE = f"""
SELECT {_COLUMNS}, array_agg(standing) AS standing FROM (
    SELECT l.id, l.lender, l.product, l.snapshot, l.status, l.seq, l.marked_on,
        l.marked_interest_minor, l.marked_fee_minor,
        CASE WHEN d.loan IS NULL THEN 0
            ELSE coalesce(d.clean_since - DATE '0001-01-01' + 1, 0)::int8 << 12
                | (d.stage - 1)::int8 << 8 | d.grade::int8 << 4 | d.bucket::int8 END AS standing
    FROM servicing.loan l LEFT JOIN servicing.delinquency d ON d.cell = l.cell AND d.loan = l.id
    WHERE l.cell = $1 AND l.status = 'live' AND l.id > $2 AND l.id <= $3 ORDER BY l.id LIMIT $4
) page
"""
_BOUND = """
SELECT id FROM servicing.loan WHERE cell = $1 AND status = 'live' AND id > $2
ORDER BY id OFFSET $3 - 1 LIMIT 1
"""
_LAST = "SELECT max(id) FROM servicing.loan WHERE cell = $1"
_TERMS = "SELECT id, terms FROM servicing.loan WHERE cell = $1 AND id = ANY ($2)"
_SEQ = "SELECT id, seq FROM servicing.loan WHERE cell = $1 AND id = ANY ($2)"
_SET = """
INSERT INTO servicing.delinquency (cell, loan, bucket, grade, stage, clean_since, changed_on)
SELECT $1, c.loan, c.bucket, c.grade, c.stage, c.clean_since, $7
FROM unnest($2::int8[], $3::int2[], $4::int2[], $5::int2[], $6::date[])
    AS c (loan, bucket, grade, stage, clean_since)
ON CONFLICT (cell, loan) DO UPDATE SET bucket = excluded.bucket, grade = excluded.grade,
    stage = excluded.stage, clean_since = excluded.clean_since, changed_on = excluded.changed_on
"""
_UNSET = "DELETE FROM servicing.delinquency WHERE cell = $1 AND loan = ANY ($2)"
_GONE = """
SELECT d.loan FROM servicing.delinquency d
JOIN servicing.loan l ON l.cell = d.cell AND l.id = d.loan
WHERE d.cell = $1 AND d.loan > $2 AND d.loan <= $3 AND l.status <> 'live'
"""
_PAUSES = """
SELECT p.loan, p.first_on, p.last_on FROM servicing.delinquency_pause p
JOIN servicing.loan l ON l.cell = p.cell AND l.id = p.loan
WHERE p.cell = $1 AND p.first_on <= $2 AND l.status = 'live'
"""


@dataclass(frozen=True, slots=True)
class Changed:
    """Loans with an event of a transaction at or above a horizon; and the horizon of now."""

    loans: Ints
    horizon: int


async def changed_since(connection: Connection, cell: int, horizon: int | None) -> Changed:
    """Return the loans that may differ from what was read at `horizon`; None: no loan is asked for.

    What commits after this call has a transaction at or above the horizon returned.
    """
    now = await connection.fetchval(_HORIZON)
    found = []
    if horizon is not None:
        found = [row[0] for row in await connection.fetch(_CHANGED, cell, str(horizon))]
    return Changed(np.sort(np.array(found, dtype=np.int64)), now)


async def read_these(connection: Connection, cell: int, loans: Sequence[int]) -> Fresh:
    """Return these loans as they stand now, live or not."""
    return _fresh(await connection.fetchrow(_THESE, cell, list(loans)))


async def read_page(connection: Connection, cell: int, above: int, through: int) -> Fresh:
    """Return the first live loans of a range, with how they stood at the last close."""
    return _fresh(await connection.fetchrow(_PAGE, cell, above, through, PAGE))


async def gone(connection: Connection, cell: int, above: int, through: int) -> list[int]:
    """Return the loans of a range that are settled and still noted as they stood before."""
    return [row["loan"] for row in await connection.fetch(_GONE, cell, above, through)]


async def bounds(connection: Connection, cell: int, size: int, above: int = -1) -> list[int]:
    """Return where to cut the live loans above `above` into ranges of `size`."""
    cuts: list[int] = []
    while (cut := await connection.fetchval(_BOUND, cell, above, size)) is not None:
        cuts.append(cut)
        above = cut
    return cuts


async def last_loan(connection: Connection, cell: int) -> int:
    """Return the greatest id of a loan; -1 without any."""
    last: int | None = await connection.fetchval(_LAST, cell)
    return -1 if last is None else last


async def terms_of(
    connection: Connection, cell: int, loans: Sequence[int]
) -> dict[int, FrozenTerms]:
    """Return the terms of each loan."""
    rows = await connection.fetch(_TERMS, cell, list(loans))
    return {row["id"]: FrozenTerms.from_json(row["terms"]) for row in rows}


async def seqs(connection: Connection, cell: int, loans: Sequence[int]) -> dict[int, int]:
    """Return the number of each loan's last event."""
    return {row["id"]: row["seq"] for row in await connection.fetch(_SEQ, cell, list(loans))}


async def set_standing(
    connection: Connection, cell: int, loans: Ints, standing: Standing, on: date
) -> None:
    """Write how loans stand now; those that stand best of all have no row."""
    is_best = standing.packed() == 0
    await unset_standing(connection, cell, loans[is_best].tolist())
    if is_best.all():
        return
    kept = ~is_best
    await connection.execute(
        _SET, cell, loans[kept].tolist(), standing.bucket[kept].tolist(),
        standing.grade[kept].tolist(), (standing.stage[kept] + 1).tolist(),
        [date.fromordinal(day) if day else None for day in standing.clean_since[kept].tolist()],
        on,
    )  # fmt: skip


async def unset_standing(connection: Connection, cell: int, loans: Sequence[int]) -> None:
    """Remove the rows of loans that stand best of all, or are settled."""
    if loans:
        await connection.execute(_UNSET, cell, list(loans))


async def pauses_until(
    connection: Connection, cell: int, day: date
) -> dict[int, list[OverduePause]]:
    """Return the pauses of live loans that began by `day`."""
    found: dict[int, list[OverduePause]] = {}
    for loan, first_on, last_on in await connection.fetch(_PAUSES, cell, day):
        found.setdefault(loan, []).append(OverduePause(first_on, last_on))
    return found


def _fresh(row: Record | None) -> Fresh:
    assert row is not None, "an aggregate has one row"
    found = {name: value or () for name, value in row.items()}  # of no loan all are null
    whole, ends = memoryview(found["snapshots"] or b""), accumulate(found["lengths"], initial=0)
    return Fresh(
        loans=found["loans"],
        pairs=list(zip(found["lenders"], found["products"], strict=True)),
        snapshots=[whole[start:end] for start, end in pairwise(ends)],
        is_live=found["is_live"],
        seq=found["seq"],
        marked_on=found["marked_on"],
        marked_interest=found["marked_interest"],
        marked_fee=found["marked_fee"],
        standing=found.get("standing"),
    )
