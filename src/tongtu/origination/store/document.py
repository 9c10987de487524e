"""What documents a case is asked for, and what came of it. Callers own the transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from tongtu.kernel.ids import ApplicationId
from tongtu.runtime.api import Connection

# Asked anew begins anew: what came before stays where it is, but answers no longer.
_ASK = """
insert into origination.document_request
    (cell, application, documents, staff, asked_at, answer_by)
values ($1, $2, $3, $4, $5, $6)
on conflict (cell, application) do update set documents = excluded.documents,
    staff = excluded.staff, asked_at = excluded.asked_at, answer_by = excluded.answer_by,
    received = '{}', complete_at = null
"""
_COLUMNS = "documents, staff, asked_at, answer_by, received, complete_at"
_FIND = f"""
select {_COLUMNS} from origination.document_request where cell = $1 and application = $2
"""
_HOLD = f"{_FIND} for update"
_RECEIVE = f"""
update origination.document_request set
    received = case when $3 = any (received) then received else received || $3::text end,
    complete_at = case when complete_at is null and documents <@ (received || $3::text)
        then $4::timestamptz else complete_at end
 where cell = $1 and application = $2 and $3 = any (documents)
returning {_COLUMNS}
"""
_TAKE = f"""
update origination.document_request set staff = $3 where cell = $1 and application = $2
returning {_COLUMNS}
"""


@dataclass(frozen=True, slots=True)
class DocumentRequest:
    """Which documents whom by which day; `answer_by` None: asked for by an earlier release."""

    documents: tuple[str, ...]
    staff: int  # the case's clerk
    asked_at: datetime
    answer_by: date | None
    received: tuple[str, ...]
    complete_at: datetime | None

    @property
    def missing(self) -> tuple[str, ...]:
        """The documents that are not in, in the order asked."""
        return tuple(one for one in self.documents if one not in self.received)


async def ask(
    connection: Connection,
    cell: int,
    application: ApplicationId,
    asked: tuple[Sequence[str], int],
    clock: tuple[datetime, date],
) -> None:
    """Note which documents which member of staff wants to see, when, and by which day."""
    documents, staff = asked
    await connection.execute(_ASK, cell, application, list(documents), staff, *clock)


async def find(
    connection: Connection, cell: int, application: ApplicationId, *, for_update: bool = False
) -> DocumentRequest | None:
    """Return what a case is asked for, locked if wanted; None where nothing was."""
    row = await connection.fetchrow(_HOLD if for_update else _FIND, cell, application)
    return _read(row)


async def receive(
    connection: Connection, cell: int, application: ApplicationId, kind: str, at: datetime
) -> DocumentRequest | None:
    """Note that a document is in; None where the case is not asked for it, and nothing changed."""
    return _read(await connection.fetchrow(_RECEIVE, cell, application, kind, at))


async def take(
    connection: Connection, cell: int, application: ApplicationId, staff: int
) -> DocumentRequest | None:
    """Make a member of staff the case's clerk; None where nothing was asked for."""
    return _read(await connection.fetchrow(_TAKE, cell, application, staff))


def _read(row: object) -> DocumentRequest | None:
    if row is None:
        return None
    values = dict(row)  # type: ignore[call-overload]  # asyncpg.Record is untyped
    for name in ("documents", "received"):
        values[name] = tuple(values[name])
    return DocumentRequest(**values)
