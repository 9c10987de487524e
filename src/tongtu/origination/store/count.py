"""Counts of decisions for the live page and reports: reads of all cells, numbers only."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from tongtu.origination.model import Outcome
from tongtu.runtime.api import Connection

_OUTCOMES = "select outcome, count(*) as decisions from origination.decision group by outcome"
_BANDS = """
select band, outcome, count(*) as decisions from origination.decision
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
