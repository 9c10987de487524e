"""What people did within a time of their own, told at once for many."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from tongtu.runtime.api import Connection

_DID = """
select w.party, count(a.id) as applications, coalesce(sum(t.amount_minor), 0)::int8 as taken
  from unnest($2::int8[], $3::timestamptz[], $4::timestamptz[]) as w (party, since, until)
  join origination.application a on a.cell = $1 and a.party = w.party
       and a.submitted_at >= w.since and a.submitted_at < w.until
  left join origination.acceptance t on t.cell = a.cell and t.application = a.id
 group by w.party
"""


class Span(NamedTuple):
    """A person and the time that is looked at; its end is left out."""

    party: int
    since: datetime
    until: datetime


class Did(NamedTuple):
    """How often a person applied in a span, and what they took of it, in fen."""

    applications: int
    taken_minor: int


async def what_they_did(connection: Connection, cell: int, spans: Sequence[Span]) -> dict[int, Did]:
    """Return what each person of a cell did in their span; who did nothing is left out."""
    columns = [list(column) for column in zip(*spans, strict=True)] if spans else [[], [], []]
    rows = await connection.fetch(_DID, cell, *columns)
    return {row["party"]: Did(row["applications"], row["taken"]) for row in rows}
