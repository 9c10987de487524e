"""How somebody signed in, by what, and how fresh their proof is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from tongtu.identity.api import Caller, Role

CHALLENGE_LIFE = timedelta(minutes=5)
# A person has a phone, a tablet, a laptop and a key or two; a stolen session cannot add for ever.
PASSKEYS_MAX = 8
LABEL_MAX = 60
DEVICE_MAX = 80
EVENTS_SHOWN_MAX = 50
LOOKS_SHOWN_MAX = 100


class Method(StrEnum):
    """By what a token was got."""

    CODE = "code"
    PASSKEY = "passkey"
    PASSWORD_TOTP = "password_totp"  # noqa: S105 - the name of a way, not a password
    DELEGATION = "delegation"


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """Whom a passkey is made for: a host, and the addresses its pages have."""

    host: str
    origins: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SignedCaller:
    """A caller and the hash of the token they came with: one session of theirs."""

    caller: Caller
    token_hash: bytes


@dataclass(frozen=True, slots=True)
class Passkey:
    """A passkey as its owner sees it."""

    id: int
    label: str
    added_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class Session:
    """A live token as its owner sees it; `method` None: made on the server, by nobody's sign-in."""

    token_hash: bytes
    method: Method | None
    device: str
    signed_in_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to somebody's ways of signing in."""

    kind: str
    detail: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Look:
    """Somebody else's look at a person's data: who by role and organisation, what, why, when.

    `reason`: their own words, where they had to give some.
    """

    role: Role
    organisation: int
    shows: tuple[str, ...]
    why: str
    at: datetime
    reason: str = ""
