"""Changed rules held against stored decisions before anybody may publish them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from tongtu.origination.flow.assembly import restore_engine
from tongtu.origination.flow.backtest import backtest, told
from tongtu.origination.flow.lane import DecisionLane
from tongtu.runtime.api import Runtime, business_date

# Decisions of so many business days say whom a change would answer otherwise.
DAYS = 90


async def try_rules(
    runtime: Runtime, lane: DecisionLane, files: Mapping[str, str]
) -> dict[str, Any]:
    """Return the swap set of changed rules over the last days; writes nothing.

    Raises:
        Broken: a decision does not come out again by its own files, or there are too many.
        BadTable: the golden cases do not hold over the rules that decide now with these changes.
    """
    sources = lane.engine.version.sources
    candidate = await asyncio.to_thread(restore_engine, sources, runtime.public, None, files)
    async with runtime.database.reading() as connection:
        today = await business_date(connection)
    days = (today - timedelta(days=DAYS), today)
    return told(await backtest(runtime, lane.versions, candidate, days))
