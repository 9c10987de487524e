"""Rows of uploaded documents and of the looks at them. Callers own the transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from tongtu.runtime.api import Connection

_COLUMNS = """id, party, application, kind, media_type, size_bytes, commitment, uploaded_at,
    kept_until, erased_at is not null as is_erased"""


@dataclass(frozen=True, slots=True)
class Document:
    """What somebody uploaded, without its content."""

    id: int
    party: int
    application: int
    kind: str
    media_type: str
    size_bytes: int
    commitment: bytes
    uploaded_at: datetime
    kept_until: date
    is_erased: bool


@dataclass(frozen=True, slots=True)
class Look:
    """A look at a document, for the log."""

    id: int
    document: int
    party: int
    role: str
    reader: int
    at: datetime


async def insert(
    connection: Connection, cell: int, document: Document, hidden: tuple[bytes, bytes]
) -> None:
    """Write a document; `hidden` is its salt and its sealed content."""
    await connection.execute(
        """
        insert into identity.document (cell, id, party, application, kind, media_type, size_bytes,
            commitment, uploaded_at, kept_until, salt, sealed)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        """,
        cell,
        document.id,
        document.party,
        document.application,
        document.kind,
        document.media_type,
        document.size_bytes,
        document.commitment,
        document.uploaded_at,
        document.kept_until,
        *hidden,
    )


async def of_application(connection: Connection, cell: int, application: int) -> list[Document]:
    """Return the documents of a case, oldest first."""
    rows = await connection.fetch(
        f"""select {_COLUMNS} from identity.document
        where cell = $1 and application = $2 order by id""",
        cell,
        application,
    )
    return [Document(**dict(row)) for row in rows]


async def find(
    connection: Connection, cell: int, application: int, document: int
) -> tuple[Document, bytes] | None:
    """Return a document of this case with its sealed content; None where it is none, or erased."""
    row = await connection.fetchrow(
        f"""select {_COLUMNS}, sealed from identity.document
        where cell = $1 and id = $2 and application = $3 and erased_at is null""",
        cell,
        document,
        application,
    )
    if row is None:
        return None
    values = dict(row)
    sealed: bytes = values.pop("sealed")
    return Document(**values), sealed


async def log_look(connection: Connection, cell: int, look: Look) -> None:
    """Leave a row for a look at a document."""
    await connection.execute(
        """
        insert into identity.document_access (cell, id, document, party, role, reader, at)
        values ($1, $2, $3, $4, $5, $6, $7)
        """,
        cell,
        look.id,
        look.document,
        look.party,
        look.role,
        look.reader,
        look.at,
    )


async def erase(
    connection: Connection, cell: int, after: date, at: datetime, limit: int
) -> int:  # fmt: skip
    """Take content and salt of some documents whose term ended before that day; return how many."""
    rows = await connection.fetch(
        """
        update identity.document set sealed = null, salt = null, erased_at = $3
        where cell = $1 and id in (
            select id from identity.document
            where cell = $1 and kept_until < $2 and erased_at is null
            order by id limit $4 for update skip locked)
        returning id
        """,
        cell,
        after,
        at,
        limit,
    )
    return len(rows)
