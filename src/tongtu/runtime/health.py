"""Whether this process can take work, and a stop that loses none."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tongtu.kernel.errors import NotReady, TongtuError
from tongtu.runtime.business_day import business_date
from tongtu.runtime.database import UNREACHABLE, Connection
from tongtu.runtime.metrics import gauge
from tongtu.runtime.migrate import current, newest
from tongtu.runtime.readers import count_retrying
from tongtu.runtime.runtime import Runtime

ANSWER_TIMEOUT_S = 2.0
OK = "ok"


async def readiness(runtime: Runtime) -> dict[str, str]:
    """Return what must be in order before work is taken, each "ok" or what is missing."""
    checks = {"database": OK, "schema": OK, "business_day": OK}
    try:
        async with (
            asyncio.timeout(ANSWER_TIMEOUT_S),
            runtime.database.reading() as connection,
        ):
            found = await current(connection)
            if found != newest():
                checks["schema"] = f"at {found or 'none'}, needs {newest()}"
            else:
                checks["business_day"] = await _day(connection)
                gauge("relay_retrying").set(await count_retrying(connection))
    except TongtuError as fault:
        checks["database"] = fault.detail
    except UNREACHABLE as fault:
        checks["database"] = f"does not answer ({type(fault).__name__})"
    return checks


async def _day(connection: Connection) -> str:
    try:
        await business_date(connection)
    except NotReady as fault:
        return fault.detail
    return OK


def is_fine(found: str) -> bool:
    """Tell whether a check is in order: "ok", or "ok: " and what it is in order with."""
    return found == OK or found.startswith(f"{OK}: ")


async def ready(runtime: Runtime) -> bool:
    """Tell whether work can be taken."""
    return all(is_fine(found) for found in (await readiness(runtime)).values())


@asynccontextmanager
async def until_stopped() -> AsyncIterator[asyncio.Event]:
    """Yield an event that SIGTERM and SIGINT set; a second signal ends the process at once."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    signals = (signal.SIGTERM, signal.SIGINT)

    def asked() -> None:
        stop.set()
        for number in signals:
            loop.remove_signal_handler(number)

    for number in signals:
        loop.add_signal_handler(number, asked)
    try:
        yield stop
    finally:
        for number in signals:
            loop.remove_signal_handler(number)
