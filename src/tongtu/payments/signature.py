"""The bank's signature on what it sends by itself: HMAC-SHA256 over key, event, time and raw body.

A signature proves who spoke and when; that the same event has its effect once is the store's part.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

# A bank signs each delivery anew, however late its news is: an old time is a replay.
WINDOW = timedelta(minutes=5)
_EVENT = re.compile(r"[A-Za-z0-9_-]{8,64}")
_KEY = re.compile(r"[a-z0-9-]{1,32}")
_SECONDS = re.compile(r"[0-9]{10}")
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Signed:
    """The bank's four headers, as they came."""

    key: str
    event: str
    time: str
    digest: str


def is_event(text: str) -> bool:
    """Tell whether a text has the form of an event's name."""
    return _EVENT.fullmatch(text) is not None


def digest_of(secret: bytes, signed: Signed, body: bytes) -> str:
    """Return the signature that belongs to these headers and bytes."""
    text = f"{signed.key}\n{signed.event}\n{signed.time}\n".encode() + body
    return hmac.digest(secret, text, "sha256").hex()


def is_genuine(secrets: Mapping[str, bytes], signed: Signed, body: bytes, now: datetime) -> bool:
    """Tell whether a bank we know signed these bytes within the window."""
    forms = (
        (_KEY, signed.key), (_EVENT, signed.event), (_SECONDS, signed.time),
        (_DIGEST, signed.digest),
    )  # fmt: skip
    if not all(form.fullmatch(text) for form, text in forms) or signed.key not in secrets:
        return False
    if abs(now - datetime.fromtimestamp(int(signed.time), UTC)) > WINDOW:
        return False
    return hmac.compare_digest(digest_of(secrets[signed.key], signed, body), signed.digest)
