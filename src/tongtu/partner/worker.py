"""Carries deliveries to partners: looks where an address leads, signs, sends, and tries again.

At least once and in no promised order: the id of the event is the same in every attempt.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from datetime import timedelta
from ipaddress import ip_address
from urllib.parse import urlsplit, urlunsplit

import httpx

from tongtu.partner import store
from tongtu.partner.flow import secret_of
from tongtu.partner.model import ATTEMPTS_MAX, Delivery, DeliveryState, Webhook
from tongtu.partner.rules import BadAddress, check_url, is_public, pause_s, sign
from tongtu.runtime.api import MESSAGES, Background, Runtime, get_logger, sm2_of

POLL_S = 0.5
AT_ONCE = 8
RESOLVE_TIMEOUT_S = 3.0
# Of one exchange as a whole: a receiver that drips is late as well.
TIMEOUT_S = 5.0
# One attempt is a look-up and an exchange; the rest is for writing it down.
LEASE = timedelta(seconds=30)
GONE = 410  # a receiver's own word that it wants no more of this
_PORTS = {"https": 443, "http": 80}
Resolve = Callable[[str, int], Awaitable[list[str]]]
log = get_logger("partner")


async def resolve(host: str, port: int) -> list[str]:
    """Return the numbers a name stands for. Raises OSError, and UnicodeError: it is no name."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(one[4][0]) for one in found]


class DeliveryWorker:
    """Sends what is due, some at once; may be killed at any moment."""

    def __init__(
        self, runtime: Runtime, find_numbers: Resolve = resolve, timeout_s: float = TIMEOUT_S
    ) -> None:
        self._runtime = runtime
        self._sm2 = sm2_of(runtime.settings, MESSAGES)
        self._resolve = find_numbers
        self._timeout_s = timeout_s
        self._client = httpx.AsyncClient(timeout=TIMEOUT_S, trust_env=False, follow_redirects=False)
        self._worker = Background("webhooks", self._work, POLL_S)

    def wake(self) -> None:
        """Look now instead of at the next turn."""
        self._worker.wake()

    async def start(self) -> None:
        """Begin to send."""
        await self._worker.start()

    async def stop(self) -> None:
        """Stop; what is in hand is taken up again when its lease runs out."""
        await self._worker.stop()
        await self._client.aclose()

    async def step(self) -> int:
        """Send what is due in every cell; return how many attempts were made."""
        made = 0
        for cell in range(self._runtime.settings.cells):
            async with self._runtime.database.transaction() as connection:
                now = self._runtime.clock.now()
                held = await store.lease(connection, cell, now, LEASE, AT_ONCE)
                hooks = await store.find_open(connection, [one.webhook for one in held])
            carried = (self._carry(one, hooks.get(one.webhook)) for one in held)
            # What nobody thought of in one delivery is due again; it keeps no other from going.
            for fault in await asyncio.gather(*carried, return_exceptions=True):
                if fault is not None:
                    log.error("delivery_failed", cell=cell, exc_info=fault)
            made += len(held)
        return made

    async def _work(self) -> None:
        if await self.step() >= AT_ONCE:
            self._worker.wake()

    async def _carry(self, held: Delivery, hook: Webhook | None) -> None:
        status, fault = (None, "closed") if hook is None else await self._send(held, hook)
        now = self._runtime.clock.now()
        is_over = hook is None or status == GONE or held.attempts >= ATTEMPTS_MAX
        async with self._runtime.database.transaction() as connection:
            if status is not None and status // 100 == 2:
                await store.end(connection, held, (DeliveryState.DELIVERED, status, ""), now)
            elif is_over:
                await store.end(connection, held, (DeliveryState.PARKED, status, fault), now)
                log.warning("delivery_parked", webhook=held.webhook, status=status, fault=fault)
            else:
                chance = int.from_bytes(self._runtime.entropy.bytes(2), "big") / 65_536
                next_at = now + timedelta(seconds=pause_s(held.attempts, chance))
                await store.put_off(connection, held, (status, fault), next_at)

    async def _send(self, held: Delivery, hook: Webhook) -> tuple[int | None, str]:
        """Return the status, None without one, and the name of what went wrong."""
        now = self._runtime.clock.now()
        signing = [secret_of(self._runtime, hook.id, hook.generation)]
        if hook.previous_until is not None and hook.previous_until > now:
            signing.append(secret_of(self._runtime, hook.id, hook.generation - 1))
        name = self._runtime.public.show("event", held.event)
        headers = sign(signing, name, now, held.body, self._sm2)
        try:
            url, host = await self._pinned(hook.url)
            request = self._client.build_request(
                "POST",
                url,
                content=held.body,
                headers={"content-type": "application/json", "host": host, **headers},
                extensions={"sni_hostname": host.rpartition(":")[0] or host},
            )
            async with asyncio.timeout(self._timeout_s):  # httpx bounds each read, not the whole
                answer = await self._client.send(request, stream=True)
                await answer.aclose()  # what it says beside the status is not read
        except BadAddress:
            return None, "bad_address"
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as fault:
            return None, type(fault).__name__
        return answer.status_code, "" if answer.is_success else "not_taken"

    async def _pinned(self, url: str) -> tuple[str, str]:
        """Return the address by the number it is sent to, and the name that goes with it.

        The number that was looked at is the number that is called: a name that answers otherwise a
        moment later changes nothing.

        Raises:
            BadAddress: the name leads into a network of somebody's own, by any of its numbers.
        """
        allowed = self._runtime.settings.webhooks_private
        parts = urlsplit(check_url(url, is_private_allowed=allowed))
        assert parts.hostname is not None
        port = parts.port or _PORTS[parts.scheme]
        async with asyncio.timeout(RESOLVE_TIMEOUT_S):
            numbers = [
                ip_address(one.partition("%")[0])
                for one in await self._resolve(parts.hostname, port)
            ]
        if not numbers or not (allowed or all(map(is_public, numbers))):
            raise BadAddress("nothing is sent to this address")
        first = f"[{numbers[0]}]" if numbers[0].version == 6 else str(numbers[0])
        pinned = urlunsplit((parts.scheme, f"{first}:{port}", parts.path or "/", parts.query, ""))
        is_usual = port == _PORTS[parts.scheme]
        return pinned, parts.hostname if is_usual else f"{parts.hostname}:{port}"
