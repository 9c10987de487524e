"""Closes business days of a database until `through`: the process that the kill test kills.

`python closer.py DSN HOME THROUGH`: prints one line a closed day. Chunks are small, so that there
are many places to die in.
"""

import asyncio
import sys
from datetime import date, timedelta
from pathlib import Path

import structlog

from tongtu.kernel.clock import FixedClock
from tongtu.kernel.ids import IdSource, PublicIds
from tongtu.policy.api import Pack
from tongtu.runtime.api import (
    Database,
    Keys,
    Runtime,
    Settings,
    SystemEntropy,
    advance_business_date,
    business_date,
    system_ms,
)
from tongtu.servicing.api import close_cell, standards_of
from tongtu.servicing.flow import day as day_flow

LOANS_OF_A_CHUNK = 3


async def close_days(dsn, home, through):
    entropy, clock = SystemEntropy(), FixedClock()
    runtime = Runtime(
        settings=Settings(home=home, dsn=dsn),
        database=Database(dsn, pool_max=4),
        clock=clock,
        ids=IdSource(system_ms),  # house: test-clock - many processes, no id twice
        public=PublicIds(bytes(32)),
        keys=Keys(bytes(32), entropy),
        entropy=entropy,
    )
    standards = standards_of(Pack.load("cn/2026.08"), through)
    await runtime.database.open()
    async with runtime.database.reading() as connection:
        day = await business_date(connection)
    while day <= through:
        closed = await close_cell(runtime, 0, day, standards)
        print(f"{closed.day} {closed.accrued_minor}", flush=True)
        async with runtime.database.transaction() as connection:
            await advance_business_date(connection, day, day + timedelta(days=1))
        day += timedelta(days=1)
    await runtime.database.close()


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    day_flow.CHUNK = LOANS_OF_A_CHUNK
    asyncio.run(close_days(sys.argv[1], Path(sys.argv[2]), date.fromisoformat(sys.argv[3])))
