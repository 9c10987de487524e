"""The simulated lender at work: checks who asks, reads the report once, signs its answer."""

from __future__ import annotations

import hashlib
import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from tongtu.simulators.clock import Now, machine
from tongtu.simulators.http import Asked, Said
from tongtu.simulators.lender.paper import is_promised, key_of_papers, public_of, sign_paper
from tongtu.simulators.lender.policy import Mischief, decide, other

WINDOW = timedelta(minutes=5)
TIMEOUT_S = 2.0
ANSWERS_MAX = 20_000


def key_of(seed: str) -> Ed25519PrivateKey:
    """Return the lender's signing key of a seed."""
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(seed.encode()).digest())


@dataclass(slots=True)
class Desk:
    """Answers each request once; asked again it says the same."""

    private: Ed25519PrivateKey
    platform: bytes  # its public key
    mischief: Mischief
    gateway: httpx.AsyncClient
    callback: str  # where answers go that it sends by itself
    name: str = ""  # how the platform calls this lender
    answers: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: dict[str, int] = field(default_factory=dict)  # amounts
    again: list[tuple[str, bytes]] = field(default_factory=list)
    now: Now = machine

    @property
    def paper_key(self) -> EllipticCurvePrivateKey:
        """The key it signs papers by; it follows from its own and never leaves this process."""
        return key_of_papers(self.private.private_bytes_raw())

    @property
    def public(self) -> bytes:
        """The key its answers are checked by."""
        return self.private.public_key().public_bytes_raw()

    async def answer(self, asked: Asked) -> Said | None:
        """Answer one request."""
        at = self.now()
        by_path = {"/paper-key": self._paper_key, "/papers": self._paper}.get(asked.path)
        if by_path is not None:
            return by_path(asked, at)
        if asked.path != "/offers":
            return Said(404)
        request = str(json.loads(asked.body)["request"])
        if not self._is_platform(request, asked, at):
            return Said(403, b'{"code":"bad_signature"}')
        fault = self.mischief.of(request)
        was_known = request in self.answers
        decided = None if fault == "down" else await self._decided(asked, request, fault)
        if decided is None:
            return Said(503)
        if fault == "slow" and not was_known:
            return None
        body = json.dumps(decided, sort_keys=True).encode()
        if fault in ("duplicate", "contradict") and not was_known:
            later = decided if fault == "duplicate" else other(decided)
            self.again.append((request, json.dumps(later, sort_keys=True).encode()))
        if fault == "malformed":
            body = body[: len(body) // 2]
        headers = self._signed("answer", request, body, at)
        if fault == "bad_signature":
            headers["x-tongtu-signature"] = b64encode(bytes(64)).decode()
        return Said(200, body, headers)

    def _paper_key(self, asked: Asked, at: datetime) -> Said:
        """Say by which key papers are signed here."""
        if not self._is_platform(self.name, asked, at, "ask_paper_key"):
            return Said(403, b'{"code":"bad_signature"}')
        told = {"lender": self.name, "public": b64encode(public_of(self.paper_key)).decode()}
        body = json.dumps(told, sort_keys=True).encode()
        return Said(200, body, self._signed("paper_key", self.name, body, at))

    def _paper(self, asked: Asked, at: datetime) -> Said:
        """Sign the paper of an offer that was made here, by its own figures; none other."""
        wanted = json.loads(asked.body)
        request = str(wanted["request"])
        if not self._is_platform(request, asked, at, "ask_paper"):
            return Said(403, b'{"code":"bad_signature"}')
        promised = self.answers.get(request)
        if promised is None or not is_promised(wanted, promised, self.asked.get(request, 0)):
            return Said(409, b'{"code":"not_promised"}')
        try:
            made = sign_paper(wanted, self.paper_key)
        except ValueError:
            return Said(422, b'{"code":"bad_paper"}')
        told = {"request": request, "cms": b64encode(made).decode()}
        body = json.dumps(told, sort_keys=True).encode()
        return Said(200, body, self._signed("paper", request, body, at))

    async def _decided(self, asked: Asked, request: str, fault: str) -> dict[str, Any] | None:
        """Return the one decision on a request; None while the person's report cannot be read."""
        decided = self.answers.get(request)
        if decided is not None:
            return decided
        known = await self._report(str(json.loads(asked.body)["credit_reference"]))
        if known is None:
            return None
        decided = decide(json.loads(asked.body), known, fault)
        if len(self.answers) < ANSWERS_MAX:
            self.answers[request] = decided
            self.asked[request] = int(json.loads(asked.body)["amount_minor"])
        return decided

    async def send_again(self) -> None:
        """Send by itself what it has to say beside its first answers."""
        waiting, self.again = self.again, []
        async with httpx.AsyncClient(timeout=TIMEOUT_S, trust_env=False) as client:
            for request, body in waiting:
                at = self.now()
                headers = self._signed("answer", request, body, at)
                try:
                    await client.post(self.callback, content=body, headers=headers)
                except httpx.HTTPError:
                    self.again.append((request, body))

    async def _report(self, reference: str) -> Mapping[str, Any] | None:
        """Read the person's report; a second reading would be refused."""
        at = self.now()
        key, time = self._name(), f"{int(at.timestamp()):010d}"
        text = f"tongtu-credit-v1\n{key}\n{time}\n{reference}\n".encode()
        signature = b64encode(self.private.sign(text)).decode()
        headers = {"x-tongtu-key": key, "x-tongtu-time": time, "x-tongtu-signature": signature}
        try:
            served = await self.gateway.get(f"/references/{reference}", headers=headers)
        except httpx.HTTPError:
            return None
        if served.status_code != httpx.codes.OK:
            return None
        found: dict[str, Any] = served.json()
        return found

    def _name(self) -> str:
        return hashlib.sha256(self.public).hexdigest()[:16]

    def _signed(self, act: str, subject: str, body: bytes, at: datetime) -> dict[str, str]:
        key, time = self._name(), f"{int(at.timestamp()):010d}"
        text = _text(act, key, time, (subject, body))
        signature = b64encode(self.private.sign(text)).decode()
        return {"x-tongtu-key": key, "x-tongtu-time": time, "x-tongtu-signature": signature}

    def _is_platform(self, subject: str, asked: Asked, at: datetime, act: str = "ask") -> bool:
        key, time = asked.headers.get("x-tongtu-key", ""), asked.headers.get("x-tongtu-time", "")
        if not time.isdigit() or abs(at.timestamp() - int(time)) > WINDOW.total_seconds():
            return False
        text = _text(act, key, time, (subject, asked.body))
        try:
            signature = b64decode(asked.headers.get("x-tongtu-signature", ""), validate=True)
            Ed25519PublicKey.from_public_bytes(self.platform).verify(signature, text)
        except (InvalidSignature, ValueError):
            return False
        return True


def _text(act: str, key: str, time: str, said: tuple[str, bytes]) -> bytes:
    """Return what is signed, as docs/how-to/new-lender.md describes it."""
    subject, body = said
    digest = hashlib.sha256(body).hexdigest()
    return f"tongtu-lender-v1\n{act}\n{key}\n{time}\n{subject}\n{digest}\n".encode()
