"""Requests for a person to look."""

from __future__ import annotations

from datetime import datetime

from tongtu.kernel.errors import Conflict
from tongtu.kernel.ids import ApplicationId
from tongtu.runtime.api import Connection

_INSERT = """
insert into origination.review_request (cell, application, asked_at) values ($1, $2, $3)
on conflict do nothing
"""


async def insert(
    connection: Connection, cell: int, application: ApplicationId, at: datetime
) -> None:
    """Write the request once. Raises Conflict when it stands already."""
    if await connection.execute(_INSERT, cell, application, at) != "INSERT 0 1":
        raise Conflict("a person was asked for already", code="already_asked")
