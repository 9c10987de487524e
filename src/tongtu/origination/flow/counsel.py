"""What would have changed a decision, worked out from its record when somebody asks.

It takes some hundred decisions of the engine, so the lane does not do it for each decline: the
record and the files of its version are enough to say it at any later time, and always the same.
"""

from __future__ import annotations

import asyncio

from tongtu.kernel.ids import DecisionId
from tongtu.origination.flow.versions import Versions
from tongtu.origination.rules.advice import Advice, advise
from tongtu.origination.rules.record import decode
from tongtu.origination.store import application as applications
from tongtu.runtime.api import Runtime


async def find_advice(runtime: Runtime, versions: Versions, decision: DecisionId) -> Advice | None:
    """Return the smallest allowed change that would have got offers, by what decided then.

    Raises:
        NotFound: no such decision.
        NotReady: its version was registered without its files.
    """
    cell = runtime.cell(decision)
    async with runtime.database.reading() as connection:
        row = await applications.find_decision(connection, cell, decision)
        unpacker = await versions.unpacker_of(connection, row.version)
        engine = await versions.engine_of(connection, row.version)
    record = decode(unpacker.unpack(row.record)[0])
    tenors = engine.tenors_of(record.case.request.product)
    return await asyncio.to_thread(advise, engine, record.case, record.business_date, tenors)
