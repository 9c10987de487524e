"""Carries the bank's notices to the address that asked for them; what nobody takes is dropped."""

from __future__ import annotations

import asyncio

import httpx

from tongtu.simulators.bank.notice import Desk, sign

LOOK_EVERY_S = 0.05
TIMEOUT_S = 5.0
# A notice that nobody takes is dropped then: the statement says it all once more.
TRIES_MAX = 5
PAUSE_S = 0.5


class Messenger:
    """Sends what waits at the desk, one after another, once there is an address."""

    def __init__(self, desk: Desk, secret: bytes) -> None:
        self._desk = desk
        self._secret = secret
        self.address: str | None = None

    async def run(self) -> None:
        """Send until cancelled."""
        async with httpx.AsyncClient(timeout=TIMEOUT_S, trust_env=False) as client:
            while True:
                notice = self._desk.take() if self.address else None
                if notice is None or self.address is None:
                    await asyncio.sleep(LOOK_EVERY_S)
                    continue
                try:
                    headers = sign(self._secret, notice, self._desk.now())
                    answer = await client.post(self.address, content=notice.body, headers=headers)
                    is_taken = answer.is_success
                except httpx.HTTPError:
                    is_taken = False
                notice.tries += 1
                if not is_taken and notice.tries < TRIES_MAX:
                    self._desk.put_back(notice)
                    await asyncio.sleep(PAUSE_S)
