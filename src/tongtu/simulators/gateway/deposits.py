"""Deposits by reference: served once, to the lender they are for, before they expire."""

from __future__ import annotations

import hashlib
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

WINDOW = timedelta(minutes=5)
DEPOSITS_MAX = 20_000


@dataclass(slots=True)
class Deposits:
    """What waits to be read, and the log of who was served or refused, and why."""

    held: dict[str, dict[str, Any]] = field(default_factory=dict)
    log: list[dict[str, str]] = field(default_factory=list)

    def take(self, deposit: dict[str, Any], at: datetime) -> bool:
        """Keep a deposit under its reference; the same again changes nothing."""
        reference = str(deposit["reference"])
        if reference in self.held:
            return True
        if len(self.held) >= DEPOSITS_MAX:
            return False
        self.held[reference] = deposit
        self._note(reference, "deposited", str(deposit["lender"]), at)
        return True

    def serve(self, reference: str, headers: Mapping[str, str], at: datetime) -> dict[str, Any]:
        """Return the content, once. Raises PermissionError with the reason it is refused for."""
        deposit = self.held.get(reference)
        try:
            content = _checked(deposit, reference, headers, at)
        except PermissionError as refusal:
            self._note(reference, str(refusal), "", at)
            raise
        assert deposit is not None
        deposit["is_served"] = True
        deposit["content"] = None  # nothing is left to be served a second time
        self._note(reference, "served", str(deposit["lender"]), at)
        return content

    def _note(self, reference: str, what: str, lender: str, at: datetime) -> None:
        self.log.append(
            {"reference": reference, "what": what, "lender": lender, "at": at.isoformat()}
        )
        del self.log[:-DEPOSITS_MAX]


def _checked(
    deposit: dict[str, Any] | None, reference: str, headers: Mapping[str, str], at: datetime
) -> dict[str, Any]:
    if deposit is None:
        raise PermissionError("unknown_reference")
    if not _is_signed(deposit, reference, headers, at):
        raise PermissionError("not_this_lender")
    if deposit.get("is_served"):
        raise PermissionError("served_before")
    if datetime.fromisoformat(deposit["expires_at"]) < at:
        raise PermissionError("expired")
    content: dict[str, Any] = deposit["content"]
    return content


def _is_signed(
    deposit: dict[str, Any], reference: str, headers: Mapping[str, str], at: datetime
) -> bool:
    """Tell whether one of the lender's registered keys signed the reference just now."""
    key, time = headers.get("x-tongtu-key", ""), headers.get("x-tongtu-time", "")
    if not time.isdigit() or abs(at.timestamp() - int(time)) > WINDOW.total_seconds():
        return False
    text = f"tongtu-credit-v1\n{key}\n{time}\n{reference}\n".encode()
    for public in map(bytes.fromhex, deposit["keys"]):
        if hashlib.sha256(public).hexdigest()[:16] != key:
            continue
        try:
            signature = b64decode(headers.get("x-tongtu-signature", ""), validate=True)
            Ed25519PublicKey.from_public_bytes(public).verify(signature, text)
        except (InvalidSignature, ValueError):
            return False
        return True
    return False
