"""Counts of decisions for the live page and reports: reads of all cells, numbers only."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from tongtu.origination.model import Outcome
from tongtu.runtime.api import Connection

# The machine's decisions: a case that a person decided as well counts once.
_MACHINE = """
  from origination.decision d where not exists (
    select from origination.ruling r where r.cell = d.cell and r.id = d.id)
"""
_OUTCOMES = f"select outcome, count(*) as decisions {_MACHINE} group by outcome"
_BANDS = f"""
select band, outcome, count(*) as decisions {_MACHINE}
 group by band, outcome order by band, outcome
"""


_DECIDED_ON = """
select count(*) from origination.application where business_date = $1
"""


async def decided_on(connection: Connection, days: Sequence[date]) -> list[int]:
    """Return how many were decided on each of these business days."""
    return [int(await connection.fetchval(_DECIDED_ON, day)) for day in days]


async def outcomes(connection: Connection) -> dict[Outcome, int]:
    """Return how many decisions had each outcome."""
    rows = await connection.fetch(_OUTCOMES)
    found = {Outcome(row["outcome"]): row["decisions"] for row in rows}
    return {outcome: found.get(outcome, 0) for outcome in Outcome}


async def bands(connection: Connection) -> dict[int, dict[Outcome, int]]:
    """Return how many decisions of each score band had each outcome."""
    found: dict[int, dict[Outcome, int]] = {}
    for row in await connection.fetch(_BANDS):
        by_outcome = found.setdefault(row["band"], dict.fromkeys(Outcome, 0))
        by_outcome[Outcome(row["outcome"])] = row["decisions"]
    return found
