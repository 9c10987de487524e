"""How many people's loans stand, told at once for many. Callers own the transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from tongtu.runtime.api import Connection

_LOANS_OF = """
select l.party, count(*) filter (where l.status = 'settled') as settled,
       count(*) filter (where l.status = 'live') as live,
       coalesce(sum(l.outstanding_minor) filter (where l.status = 'live'), 0)::int8 as outstanding,
       bool_or(coalesce(d.bucket, 0) > 0 or l.status in ('charged_off', 'written_off')) as is_late
  from servicing.loan l left join servicing.delinquency d on d.cell = l.cell and d.loan = l.id
 where l.cell = $1 and l.party = any ($2::int8[]) group by l.party
"""


class LoansOf(NamedTuple):
    """A person's loans here, and whether one of them is overdue or was written down."""

    settled: int
    live: int
    outstanding_minor: int
    is_late: bool


NO_LOANS = LoansOf(0, 0, 0, is_late=False)


async def loans_of_parties(
    connection: Connection, cell: int, parties: Sequence[int]
) -> dict[int, LoansOf]:
    """Return the loans of each party of a cell that ever had one."""
    rows = await connection.fetch(_LOANS_OF, cell, list(parties))
    return {row["party"]: LoansOf(*tuple(row)[1:]) for row in rows}
