"""The lines to outside sources; in demo mode, a simulator behind all of them."""

from __future__ import annotations

import asyncio
import os
from contextlib import AsyncExitStack

from tongtu.channels.rest.api import Parts
from tongtu.kernel.errors import Broken
from tongtu.main.simulator_process import begin, url_of
from tongtu.risk.api import HttpInformant
from tongtu.runtime.api import get_logger

# How often the demo's sources err, in the ways real ones do; other options, in its own words.
MISCHIEF = "OUTSIDE_SIMULATOR_OPTIONS"
_MISCHIEF = (
    "--timeout 0.01 --error 0.02 --unknown 0.03 --stale 0.04 --contradict 0.08 --half 0.04 "
    "--slow 0.02 --slow-seconds 0.4"
)
log = get_logger("informants")


class Informants:
    """Opens the lines beside the start of the platform; until one is open its source is silent."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._stack = AsyncExitStack()
        self._opening: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to open the lines."""
        self._opening = asyncio.create_task(self._open_safely(), name="informants")

    async def stop(self) -> None:
        """Close the lines and end the simulator."""
        if self._opening is not None:
            self._opening.cancel()
            await asyncio.gather(self._opening, return_exceptions=True)
        await self._stack.aclose()

    async def _open_safely(self) -> None:
        try:
            await self._open()
        except (Broken, OSError, TimeoutError) as fault:
            log.error("informants_not_reached", exc_info=fault)

    async def _open(self) -> None:
        settings = self._parts.runtime.settings
        known = [one.id for one in self._parts.outside.sources]
        urls = settings.informants()
        if unknown := sorted(set(urls) - set(known)):
            log.warning("no_such_outside_source", sources=unknown)
        if settings.demo and not urls:
            options = os.environ.get(MISCHIEF) or _MISCHIEF
            told = await begin(self._stack, settings.home, "outside", options, {})
            urls = {name: f"{url_of(told)}/{name}" for name in known}
        lines = {name: HttpInformant(name, url) for name, url in urls.items() if name in known}
        for line in lines.values():
            self._stack.push_async_callback(line.close)
        self._parts.informants = lines
        log.info("informants_reached", sources=sorted(lines))
