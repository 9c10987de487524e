"""Requests for a person to look."""

from __future__ import annotations

from datetime import date, datetime

from tongtu.kernel.errors import Conflict
from tongtu.kernel.ids import ApplicationId
from tongtu.runtime.api import Connection

_INSERT = """
insert into origination.review_request (cell, application, asked_at, answer_by)
values ($1, $2, $3, $4)
on conflict do nothing
"""

_ASKED_AT = "select asked_at from origination.review_request where cell = $1 and application = $2"

# None once a person decided: what was asked is answered.
_ANSWER_BY = """
select q.answer_by from origination.review_request q where q.cell = $1 and q.application = $2
   and not exists (select from origination.ruling r
     where r.cell = q.cell and r.application = q.application)
"""


async def asked_at(
    connection: Connection, cell: int, application: ApplicationId
) -> datetime | None:
    """Return when a person was asked for; None when nobody asked."""
    found: datetime | None = await connection.fetchval(_ASKED_AT, cell, application)
    return found


async def answer_by(connection: Connection, cell: int, application: ApplicationId) -> date | None:
    """Return the day by which a person has to answer; None when nobody asked, or one answered."""
    found: date | None = await connection.fetchval(_ANSWER_BY, cell, application)
    return found


async def insert(
    connection: Connection,
    cell: int,
    application: ApplicationId,
    clock: tuple[datetime, date],
) -> None:
    """Write the request once; `clock` is when it was asked and the day of the answer.

    Raises Conflict when it stands already.
    """
    if await connection.execute(_INSERT, cell, application, *clock) != "INSERT 0 1":
        raise Conflict("a person was asked for already", code="already_asked")
