"""Batches of a running book, their loans, and whose they are, as rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from tongtu.runtime.api import Connection
from tongtu.servicing.store.day import open_control
from tongtu.servicing.store.loan import NewLoan, Opening

_BATCH = """
INSERT INTO servicing.import_batch (id, cut_over, file_sha256, made_by, made_at)
VALUES ($1, $2, $3, $4, $5) ON CONFLICT (id) DO NOTHING
"""
_FIND_BATCH = """
SELECT id, cut_over, file_sha256, undone_at IS NOT NULL AS is_undone FROM servicing.import_batch
WHERE id = $1
"""
_UNDONE = """
UPDATE servicing.import_batch SET undone_by = $2, undone_at = $3 WHERE id = $1 AND undone_at IS NULL
"""
# Reads all cells: a number of a lender's stands for one loan, wherever its borrower is.
_FIND = """
SELECT cell, loan, batch, row_sha256 FROM servicing.imported
WHERE lender = $1 AND external = $2 AND NOT is_undone
"""
# Reads all cells: the loans of a batch are their borrowers'.
_OF_BATCH = """
SELECT cell, loan, external FROM servicing.imported WHERE batch = $1 AND NOT is_undone ORDER BY loan
"""
_ADD = """
INSERT INTO servicing.imported (cell, loan, batch, lender, external, party, row_sha256, source)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8::jsonb)
"""
_END = "UPDATE servicing.imported SET is_undone = true WHERE cell = $1 AND loan = $2"
_IS_IMPORTED = "SELECT EXISTS (SELECT FROM servicing.imported WHERE cell = $1 AND loan = $2)"
_BORROWER = """
INSERT INTO servicing.imported_borrower AS b (lender, blind, party) VALUES ($1, $2, $3)
ON CONFLICT (lender, blind) DO UPDATE SET party = b.party RETURNING party
"""
_LOAN = """
INSERT INTO servicing.loan (cell, id, party, application, agreement, lender, program, product,
    principal_minor, terms, opened_on, status, seq, snapshot, marked_on, marked_interest_minor,
    marked_fee_minor, outstanding_minor, opened_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'live', 1, $12, $13, $14, $15, $9, $16)
"""


@dataclass(frozen=True, slots=True)
class ImportBatch:
    """A batch as stored."""

    id: str
    cut_over: date
    file_sha256: bytes
    is_undone: bool


@dataclass(frozen=True, slots=True)
class Imported:
    """A loan of a batch; `source` is what its row said, as JSON."""

    cell: int
    loan: int
    batch: str
    lender: int
    external: str
    party: int
    row_sha256: bytes
    source: str


async def open_batch(
    connection: Connection, batch: ImportBatch, made: tuple[int, datetime]
) -> ImportBatch:
    """Write a batch, or return the one of its name; `made` is by whom and when."""
    await connection.execute(_BATCH, batch.id, batch.cut_over, batch.file_sha256, *made)
    found = await find_batch(connection, batch.id)
    assert found is not None
    return found


async def find_batch(connection: Connection, batch: str) -> ImportBatch | None:
    """Return a batch, if there is one."""
    row = await connection.fetchrow(_FIND_BATCH, batch)
    return None if row is None else ImportBatch(**dict(row.items()))


async def end_batch(connection: Connection, batch: str, undone: tuple[int, datetime]) -> bool:
    """Note that a batch is undone, by whom and when; False when it was before."""
    return bool(await connection.execute(_UNDONE, batch, *undone) == "UPDATE 1")


async def find(connection: Connection, lender: int, external: str) -> Any:
    """Return cell, loan, batch and row hash of a live loan by its lender's number, or None."""
    return await connection.fetchrow(_FIND, lender, external)


async def of_batch(connection: Connection, batch: str) -> list[tuple[int, int, str]]:
    """Return cell, loan and number of each live loan of a batch."""
    return [tuple(row) for row in await connection.fetch(_OF_BATCH, batch)]


async def add(connection: Connection, new: Imported) -> None:
    """Write a loan of a batch."""
    await connection.execute(
        _ADD, new.cell, new.loan, new.batch, new.lender, new.external, new.party, new.row_sha256,
        new.source,
    )  # fmt: skip


async def end(connection: Connection, cell: int, loan: int) -> None:
    """Note that a loan's take-over is undone."""
    await connection.execute(_END, cell, loan)


async def is_imported(connection: Connection, cell: int, loan: int) -> bool:
    """Tell whether a loan ran elsewhere before."""
    found: bool = await connection.fetchval(_IS_IMPORTED, cell, loan)
    return found


async def borrower(connection: Connection, lender: int, blind: bytes, party: int) -> int:
    """Return the party of a source's borrower; `party` if it is the first time."""
    found: int = await connection.fetchval(_BORROWER, lender, blind, party)
    return found


async def insert(
    connection: Connection, cell: int, new: NewLoan, opening: Opening, marked: tuple[int, int]
) -> None:
    """Write a running loan; `marked` is what of interest and fees is posted as of its mark."""
    await connection.execute(
        _LOAN, cell, new.id, new.party, new.application, new.agreement, new.lender, new.program,
        new.product, new.terms.principal_minor, new.terms.to_json(), new.terms.opened_on,
        opening.snapshot, opening.marked_on, *marked, opening.at,
    )  # fmt: skip
    await open_control(connection, cell, (new.lender, new.product), new.terms.overdue_rate_bps)
