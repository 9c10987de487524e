"""The lines to remote lenders and to the licensed bureau; in demo mode, simulators behind them."""

from __future__ import annotations

import asyncio
import json
import os
from contextlib import AsyncExitStack
from typing import Any

from tongtu.channels.rest.api import Parts
from tongtu.funding.api import HttpLine, LenderLine, kept_key, platform_key, valid_keys
from tongtu.identity.api import Caller, CommandKey, authorise
from tongtu.journey.api import NewKey, RemoteDesk, propose_lender_key, register_lender_key
from tongtu.kernel.errors import Broken
from tongtu.main.serve_note import LOGINS, read_note
from tongtu.main.simulator_process import begin, url_of
from tongtu.risk.api import HttpGateway
from tongtu.runtime.api import MESSAGES, get_logger, sm2_of

ANSWERS = "/v1/lender-answers"
# How often the demo's lender errs, in the ways real ones do; other options, in its own words.
MISCHIEF = "LENDER_SIMULATOR_OPTIONS"
_MISCHIEF = (
    "--slow 0.03 --down 0.01 --duplicate 0.03 --contradict 0.01 --bad-signature 0.01 "
    "--over-cap 0.03 --malformed 0.01 --counter 0.05"
)
_GATEWAY_SECRET, _LENDER_KEY = "GATEWAY_SIMULATOR_SECRET", "LENDER_SIMULATOR_KEY"
_MAKER, _CHECKER = "operator", "operator_2"
log = get_logger("partners")


class Partners:
    """Opens the lines beside the start of the platform: who waits for a lender waits by itself."""

    def __init__(self, parts: Parts, desk: RemoteDesk, own_url: str) -> None:
        self._parts = parts
        self._desk = desk
        self._own_url = own_url
        self._stack = AsyncExitStack()
        self._opening: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to open the lines."""
        if self._parts.book.remotes:
            self._opening = asyncio.create_task(self._open_safely(), name="partners")

    async def stop(self) -> None:
        """Close the lines and end the simulators."""
        if self._opening is not None:
            self._opening.cancel()
            await asyncio.gather(self._opening, return_exceptions=True)
        await self._stack.aclose()

    async def _open_safely(self) -> None:
        try:
            await self._open()
        except (Broken, OSError, TimeoutError) as fault:
            log.error("partners_not_reached", exc_info=fault)

    async def _open(self) -> None:
        runtime = self._parts.runtime
        settings = runtime.settings
        urls, gateway_url = settings.lenders(), settings.gateway_url
        # Settings refuse a bureau's address without its secret: nothing is signed by an empty one.
        secret = bytes.fromhex(settings.gateway_secret or "")
        if settings.demo and gateway_url is None and not urls:
            secret = runtime.keys.derive("gateway_simulator")
            gateway = await self._begin("gateway", "", {_GATEWAY_SECRET: secret.hex()})
            gateway_url = url_of(gateway)
            for one in self._parts.book.lenders:
                kept = kept_key(runtime.keys, one.id).public_key().public_bytes_raw()
                await self._register(one.id, kept, is_remote=False)
            urls = {
                remote.lender.id: await self._open_lender(remote.lender.id, gateway_url)
                for remote in self._parts.book.remotes
            }
        if gateway_url is not None:
            bureau = HttpGateway(runtime, gateway_url, secret)
            self._stack.push_async_callback(bureau.close)
            self._desk.gateway = bureau
        lines: dict[int, LenderLine] = {}
        for remote in self._parts.book.remotes:
            if remote.lender.id in urls:
                line = HttpLine(
                    urls[remote.lender.id],
                    platform_key(runtime.keys),
                    sm2=sm2_of(settings, MESSAGES),
                )
                self._stack.push_async_callback(line.close)
                lines[remote.lender.number] = line
        self._desk.lines = lines
        log.info("partners_reached", lenders=sorted(urls), bureau=gateway_url is not None)

    async def _open_lender(self, name: str, gateway_url: str) -> str:
        """Start a simulated lender, register its key by two persons, and return its address."""
        runtime = self._parts.runtime
        public = platform_key(runtime.keys).public_key().public_bytes_raw().hex()
        options = (
            f"--name {name} --gateway {gateway_url} --platform-key {public} "
            f"--callback {self._own_url}{ANSWERS} {os.environ.get(MISCHIEF) or _MISCHIEF}"
        )
        seed = runtime.keys.derive(f"lender_simulator:{name}").hex()
        told = await self._begin("lender", options, {_LENDER_KEY: seed})
        await self._register(name, bytes.fromhex(str(told["public"])), is_remote=True)
        return url_of(told)

    async def _register(self, name: str, public: bytes, *, is_remote: bool) -> None:
        """Register a key as two persons would, once."""
        runtime, book = self._parts.runtime, self._parts.book
        lender = book.find_lender(name)
        assert lender is not None
        async with runtime.database.reading() as connection:
            held = await valid_keys(connection, lender.number, runtime.clock.now())
        if public in held.values():
            return
        maker, checker = await self._staff(_MAKER), await self._staff(_CHECKER)
        command = CommandKey(f"demo-key-{public.hex()[:16]}", public)
        new = NewKey(name, public if is_remote else None, 0)
        proposed = json.loads(await propose_lender_key(runtime, book, (maker, command), new))
        approval = runtime.public.read("approval", proposed["approval"])
        await register_lender_key(runtime, book, checker, (approval, command))

    async def _staff(self, name: str) -> Caller:
        token = str(read_note(self._parts.runtime.settings.home / LOGINS).get(name, ""))
        return await authorise(self._parts.runtime, token)

    async def _begin(self, name: str, options: str, secrets: dict[str, str]) -> dict[str, Any]:
        home = self._parts.runtime.settings.home
        return await begin(self._stack, home, name, options, secrets)
