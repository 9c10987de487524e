"""The lines to the licensed verifier and the operator; in demo mode, a simulator behind them.

They come up beside the start of the platform. Outside demo mode nobody is asked whom no setting
names, and the ways that need them are not offered.
"""

from __future__ import annotations

import asyncio
import os
from contextlib import AsyncExitStack

from tongtu.channels.rest.api import Parts
from tongtu.kernel.errors import Broken
from tongtu.main.simulator_process import begin, url_of
from tongtu.runtime.api import get_logger
from tongtu.verification.api import HttpAuthority, HttpNetwork

SECRET = "VERIFIER_SIMULATOR_SECRET"  # noqa: S105 - the name of the variable, not a secret
# How often the demo's verifier errs; other options, in its own words.
MISCHIEF = "VERIFIER_SIMULATOR_OPTIONS"
_MISCHIEF = "--no-answer 0.01 --mismatch 0.01 --sim-swapped 0.02"
_PURPOSE = "verifier_simulator"
log = get_logger("verifiers")


class Verifiers:
    """Opens the lines and holds them until the platform stops."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._stack = AsyncExitStack()
        self._opening: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to open the lines."""
        self._opening = asyncio.create_task(self._open_safely(), name="verifiers")

    async def stop(self) -> None:
        """Close the lines and end the simulator."""
        if self._opening is not None:
            self._opening.cancel()
            await asyncio.gather(self._opening, return_exceptions=True)
        await self._stack.aclose()
        await self._parts.verifying.eyes.stop()

    async def _open_safely(self) -> None:
        try:
            await self._open()
        except (Broken, OSError) as fault:
            log.error("verifiers_not_reached", exc_info=fault)

    async def _open(self) -> None:
        runtime = self._parts.runtime
        settings = runtime.settings
        url, secret = settings.authority_url, bytes.fromhex(settings.authority_secret or "")
        if url is None and settings.demo:
            secret = runtime.keys.derive(_PURPOSE)
            options = os.environ.get(MISCHIEF) or _MISCHIEF
            told = await begin(
                self._stack, settings.home, "verifier", options, {SECRET: secret.hex()}
            )
            url = url_of(told)
        if url is None:
            await self._open_network(None, b"")
            return
        authority = HttpAuthority(runtime, url, secret, is_certified=settings.authority_certified)
        self._stack.push_async_callback(authority.close)
        self._parts.verifying.authority = authority
        await self._open_network(url if settings.operator_url is None else None, secret)

    async def _open_network(self, demo_url: str | None, secret: bytes) -> None:
        """Open the line to the operator: that of the settings, or in demo mode the simulator's."""
        runtime = self._parts.runtime
        settings = runtime.settings
        url = settings.operator_url
        if url is not None:
            secret = bytes.fromhex(settings.operator_secret or "")
        elif settings.demo:
            url = demo_url
        if url is None:
            return
        network = HttpNetwork(runtime, url, secret)
        self._stack.push_async_callback(network.close)
        self._parts.verifying.network = network
