"""Challenges of passkeys: sealed for one purpose; nothing is kept until one is answered."""

from __future__ import annotations

import hashlib
import struct
from datetime import UTC, datetime, timedelta

from tongtu.access.model import CHALLENGE_LIFE
from tongtu.access.store import passkey as store
from tongtu.kernel.errors import Broken, NotSignedIn
from tongtu.runtime.api import Connection, Runtime

SIGN_IN = b"sign-in"
_BODY = struct.Struct(">q")  # the end, in µs since 1970
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def enrolling(token_hash: bytes) -> bytes:
    """Return the purpose of an enrolment: in this session only."""
    return b"enrol:" + token_hash


def stepping_up(token_hash: bytes) -> bytes:
    """Return the purpose of a fresh proof: in this session only."""
    return b"step-up:" + token_hash


def new_challenge(runtime: Runtime, purpose: bytes) -> bytes:
    """Return bytes that no other challenge has, good for one purpose and a few minutes."""
    ends_at = runtime.clock.now() + CHALLENGE_LIFE
    body = _BODY.pack((ends_at - _EPOCH) // _MICROSECOND)
    return runtime.keys.seal(body, b"passkey:" + purpose)


async def use_challenge(
    connection: Connection, runtime: Runtime, cell: int, challenge: bytes, purpose: bytes
) -> None:
    """Use a challenge up, in the caller's commit.

    Raises:
        NotSignedIn: code `passkey_refused`: none of ours, for another purpose or session, too
            old, or used before.
    """
    try:
        (ends_us,) = _BODY.unpack(runtime.keys.open(challenge, b"passkey:" + purpose))
    except (Broken, struct.error):
        raise refused("challenge") from None
    at, ends_at = runtime.clock.now(), _EPOCH + timedelta(microseconds=ends_us)
    if at >= ends_at:
        raise refused("challenge")
    digest = hashlib.sha256(challenge).digest()
    if not await store.use_challenge(connection, cell, digest, (at, ends_at)):
        raise refused("replayed")


class PasskeyRefused(NotSignedIn):
    """The one refusal of a passkey; `why` is for the log of its owner, never for the caller."""

    default_code = "passkey_refused"

    def __init__(self, why: str) -> None:
        super().__init__("this passkey was not accepted; please try again or sign in another way")
        self.why = why


def refused(why: str) -> PasskeyRefused:
    """Return the refusal; the caller is not told what was wrong."""
    return PasskeyRefused(why)
