"""The doors of the simulated verifier and operator."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from tongtu.simulators.clock import Now, machine
from tongtu.simulators.http import Asked, Said
from tongtu.simulators.verifier.register import Register

WINDOW = timedelta(minutes=10)
HOLD_S = 8.0  # longer than a caller's patience
TIME, SIGNATURE = "x-tongtu-time", "x-tongtu-signature"
# The operator's paths, as CAMARA names them.
NUMBER, SWAP = "/number-verification/v0/verify", "/sim-swap/v0/check"


@dataclass(slots=True)
class Door:
    """Answers signed requests, and signs what it says."""

    secret: bytes
    register: Register
    hold_s: float = HOLD_S
    now: Now = machine

    async def answer(self, asked: Asked) -> Said | None:
        """Answer one request."""
        if asked.method != "POST" or not self._is_platform(asked):
            return Said(403)
        given = json.loads(asked.body)
        to = asked.headers[SIGNATURE]
        if asked.path == NUMBER:
            return self._said(to, {"devicePhoneNumberVerified": not self._is_elsewhere(given)})
        if asked.path == SWAP:
            is_swapped = self.register.is_swapped(str(given["phoneNumber"]))
            return self._said(to, {"swapped": is_swapped})
        return await self._check(to, given)

    def _is_elsewhere(self, given: Mapping[str, object]) -> bool:
        return self.register.is_elsewhere(str(given["phoneNumber"]))

    async def _check(self, to: str, given: Mapping[str, object]) -> Said | None:
        elements = given["elements"]
        assert isinstance(elements, dict)
        fault = self.register.fault_of(str(elements.get("resident_id", "")))
        if fault == "no_answer":
            await asyncio.sleep(self.hold_s)
            return None
        said = self._said(
            to,
            {
                "question": given["question"],
                "elements": _digest(elements),
                "result": self.register.check(elements),
                "made_at": self.now().isoformat(),
            },
        )
        if fault == "malformed":
            return self._signed(to, said.body[: len(said.body) // 2])
        if fault == "forged":
            return Said(200, said.body, {TIME: said.headers[TIME], SIGNATURE: "0" * 64})
        return said

    def _said(self, to: str, told: Mapping[str, object]) -> Said:
        return self._signed(to, json.dumps(told).encode())

    def _signed(self, to: str, body: bytes) -> Said:
        """Sign an answer together with the question's own signature, so that it is to no other."""
        time = str(int(self.now().timestamp()))
        return Said(200, body, {TIME: time, SIGNATURE: self._sign(f"{time}\n{to}", body)})

    def _is_platform(self, asked: Asked) -> bool:
        time = asked.headers.get(TIME, "")
        if not time.isdigit() or (abs(self.now().timestamp() - int(time)) > WINDOW.total_seconds()):
            return False
        wanted = self._sign(time, asked.body)
        return hmac.compare_digest(wanted, asked.headers.get(SIGNATURE, ""))

    def _sign(self, time: str, body: bytes) -> str:
        return hmac.digest(self.secret, f"{time}\n".encode() + body, "sha256").hex()


def _digest(elements: Mapping[str, str]) -> str:
    parts = [f"{name}:{len(value)}:{value}" for name, value in sorted(elements.items())]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
