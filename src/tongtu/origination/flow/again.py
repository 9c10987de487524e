"""A person whose line is open, looked at again: today's score, what they can bear."""

from __future__ import annotations

from dataclasses import dataclass

from tongtu.origination.flow.lane import DecisionLane
from tongtu.origination.flow.remote import find_record
from tongtu.origination.rules.engine import Bearing
from tongtu.runtime.api import Connection, business_date


@dataclass(frozen=True, slots=True)
class Again:
    """A wish to look again at who was decided about. Money in fen.

    `more_debt_minor` is owed here beside the line; `said` are income and debts as the person tells
    them now, None: as they told them then.
    """

    decision: int
    amount_minor: int
    tenor_months: int
    more_debt_minor: int = 0
    said: tuple[int, int] | None = None


async def look_again(
    connection: Connection, lane: DecisionLane, cell: int, again: Again
) -> Bearing:
    """Return the score by the model that decides today, and debt service at today's prices.

    Raises NotFound.
    """
    record = await find_record(connection, lane.versions, cell, again.decision)
    request = record.case.request
    declared = request.declared
    if again.said is not None:
        declared = declared._replace(income_minor=again.said[0], debt_minor=again.said[1])
    if declared.debt_minor is not None:
        declared = declared._replace(debt_minor=declared.debt_minor + again.more_debt_minor)
    asked = request._replace(
        declared=declared, amount_minor=again.amount_minor, tenor_months=again.tenor_months
    )
    today = await business_date(connection)
    return lane.engine.look_again(asked, today, is_scored=not lane.scores_nobody)
