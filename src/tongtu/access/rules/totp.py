"""Time-based one-time codes (RFC 6238: HMAC-SHA-1, six digits, 30 seconds), and their set-up."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime
from urllib.parse import quote

SECRET_BYTES = 20  # the block the hash suits, and what every app takes
STEP_S = 30
# A clock half a minute off still works; a further one is mended, not endured.
STEPS_OFF = 1
_DIGITS = 6


def step_of(at: datetime) -> int:
    """Return the number of the half minute."""
    return int(at.timestamp()) // STEP_S


def code_of(secret: bytes, step: int) -> str:
    """Return the code of one half minute."""
    digest = hmac.new(secret, step.to_bytes(8, "big"), hashlib.sha1).digest()
    offset = digest[-1] & 0x0F
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**_DIGITS:0{_DIGITS}d}"


def step_that_fits(secret: bytes, code: str, at: datetime) -> int | None:
    """Return the half minute whose code this is. Each candidate is compared, in constant time."""
    now, found = step_of(at), None
    for step in range(now - STEPS_OFF, now + STEPS_OFF + 1):
        if hmac.compare_digest(code_of(secret, step).encode(), code.encode()):
            found = step
    return found


def set_up_uri(secret: bytes, login: str) -> str:
    """Return what an authenticator app reads, as a QR code or typed."""
    shown = base64.b32encode(secret).decode()
    return f"otpauth://totp/Tongtu:{quote(login)}?secret={shown}&issuer=Tongtu"
