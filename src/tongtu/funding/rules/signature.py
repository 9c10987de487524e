"""Ed25519 between the platform and its lenders: over act, key, time, subject and the raw body.

The act is part of the text, so that a request never passes for an answer. A signature proves who
spoke and when; that the same words have their effect once is the store's part.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

# How far two clocks may differ, and how old a signature may be: beyond it is a replay.
WINDOW = timedelta(minutes=5)
PUBLIC_BYTES = 32
_KEY = re.compile(r"[0-9a-f]{16}")
_SECONDS = re.compile(r"[0-9]{10}")
_SIGNATURE_CHARS = 88


class Act(StrEnum):
    """What is signed."""

    ASK = "ask"
    ANSWER = "answer"
    ASK_PAPER_KEY = "ask_paper_key"
    PAPER_KEY = "paper_key"
    ASK_PAPER = "ask_paper"
    PAPER = "paper"
    POLICY = "policy"
    DECISIONS = "decisions"


@dataclass(frozen=True, slots=True)
class Signed:
    """The three headers of a signed message, as they came."""

    key: str
    time: str
    signature: str


def key_name(public: bytes) -> str:
    """Return the name of a public key: the first half of its hash, in hexadecimal."""
    return hashlib.sha256(public).hexdigest()[:16]


def text_of(act: Act, subject: str, signed: Signed, body: bytes) -> bytes:
    """Return the bytes that are signed."""
    digest = hashlib.sha256(body).hexdigest()
    return f"tongtu-lender-v1\n{act}\n{signed.key}\n{signed.time}\n{subject}\n{digest}\n".encode()


def sign(private: Ed25519PrivateKey, act: Act, subject: str, body: bytes, at: datetime) -> Signed:
    """Sign a message at an instant."""
    name = key_name(private.public_key().public_bytes_raw())
    blank = Signed(name, f"{int(at.timestamp()):010d}", "")
    made = private.sign(text_of(act, subject, blank, body))
    return Signed(blank.key, blank.time, b64encode(made).decode())


def is_genuine(
    keys: Mapping[str, bytes], said: tuple[Act, str, Signed], body: bytes, now: datetime
) -> bool:
    """Tell whether one of these keys signed the body within the window.

    `said` is the act, its subject and the headers. Whatever is malformed is not genuine.
    """
    act, subject, signed = said
    if not (_KEY.fullmatch(signed.key) and _SECONDS.fullmatch(signed.time)):
        return False
    public = keys.get(signed.key)
    if public is None or len(signed.signature) != _SIGNATURE_CHARS:
        return False
    if abs(now - datetime.fromtimestamp(int(signed.time), UTC)) > WINDOW:
        return False
    return _holds(public, signed.signature, text_of(act, subject, signed, body))


def _holds(public: bytes, signature: str, text: bytes) -> bool:
    try:
        raw = b64decode(signature, validate=True)
        Ed25519PublicKey.from_public_bytes(public).verify(raw, text)
    except (InvalidSignature, Base64Error, ValueError):
        return False
    return True
