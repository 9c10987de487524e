"""Heads of everybody's applications, newest first: for staff. The caller owns the transaction."""

from __future__ import annotations

from collections.abc import Sequence

from tongtu.origination.model import Head, HeadsWanted, Outcome
from tongtu.runtime.api import Connection

# Ids carry their time, so the primary key gives the newest first; a filter that few fit reads on.
_HEADS = """
select a.cell, a.id, a.party, a.decision, a.product, a.amount_minor, a.tenor_months,
    coalesce(r.business_date, a.business_date) as business_date, a.submitted_at,
    d.outcome, d.points, d.band, r.id is not null as is_by_person, t.id is not null as is_taken
  from origination.application a
  join origination.decision d on d.cell = a.cell and d.id = a.decision
  left join origination.ruling r on r.cell = a.cell and r.id = a.decision
  left join origination.acceptance t on t.cell = a.cell and t.application = a.id
 where a.cell = $1 and a.id < $2
   and ($3::text is null or d.outcome = $3) and ($4::text is null or a.product = $4)
 order by a.id desc limit $5
"""


async def newest(connection: Connection, cells: int, wanted: HeadsWanted) -> Sequence[Head]:
    """Return the newest heads over all cells that lie before an id."""
    found: list[Head] = []
    for cell in range(cells):
        rows = await connection.fetch(
            _HEADS, cell, wanted.before, wanted.outcome, wanted.product, wanted.limit
        )
        found += [Head(**{**dict(row.items()), "outcome": Outcome(row["outcome"])}) for row in rows]
    return sorted(found, key=lambda one: one.id, reverse=True)[: wanted.limit]
