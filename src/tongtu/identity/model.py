"""Who a caller is, what a party agreed to, and what a code or an approval is worth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from tongtu.kernel.ids import PartyId

CODE_DIGITS = 6
CODE_TRIES_MAX = 5  # the bound stands in the table's check as well
CODE_LIFE = timedelta(minutes=5)
# Together with the five tries: at most 50 guesses a day at one phone's 1,000,000 codes.
CODES_PER_PHONE_HOUR = 5
CODES_PER_PHONE_DAY = 10
# A household or an office behind one address; the demo's own client is let through.
CODES_PER_ADDRESS_HOUR = 60
# One family's tablet; a device is what the client says it is, so this comes beside the address.
CODES_PER_DEVICE_HOUR = 15
# A second code within this time would only confuse, or is somebody who rings at a stranger's phone.
CODE_SPACING = timedelta(seconds=30)
TOKEN_LIFE = timedelta(hours=12)
STAFF_TOKEN_LIFE = timedelta(days=30)
# A revoked token may be honoured this long by another process.
TOKEN_CACHE_S = 5.0
TOKEN_CACHE_MAX = 100_000
APPROVAL_LIFE = timedelta(days=3)
CONSENTS_MAX = 48  # eight purposes and forty lenders
LENDERS_MAX = 40


class Role(StrEnum):
    """What a token may be used for."""

    BORROWER = "borrower"
    LENDER = "lender"
    MERCHANT = "merchant"
    CLERK = "clerk"
    ANALYST = "analyst"
    OPERATOR = "operator"
    REGULATOR = "regulator"


STAFF = frozenset(Role) - {Role.BORROWER}
# Who proposes, and who decides what another proposed. Lenders and the regulator look on only.
MAKERS = frozenset((Role.OPERATOR, Role.ANALYST, Role.CLERK))
CHECKERS = frozenset((Role.OPERATOR, Role.ANALYST))


class VaultKind(StrEnum):
    """The kinds of personal data the vault seals."""

    PHONE = "phone"
    NAME = "name"
    RESIDENT_ID = "resident_id"
    ADDRESS = "address"
    CARD = "card"


class Scope(StrEnum):
    """What a consent is for. Sharing with a lender is one consent a lender."""

    IDENTITY_CHECK = "identity_check"
    AUTOMATED_DECISION = "automated_decision"
    BUREAU_QUERY = "bureau_query"
    MARKETING = "marketing"
    FACE = "face"
    SHARE_LENDER = "share_lender"
    TAX_QUERY = "tax_query"
    SOCIAL_INSURANCE_QUERY = "social_insurance_query"
    OPERATOR_QUERY = "operator_query"


_BITS = {
    Scope.IDENTITY_CHECK: 0,
    Scope.AUTOMATED_DECISION: 1,
    Scope.BUREAU_QUERY: 2,
    Scope.MARKETING: 3,
    Scope.TAX_QUERY: 4,
    Scope.SOCIAL_INSURANCE_QUERY: 5,
    Scope.OPERATOR_QUERY: 6,
    Scope.FACE: 7,
}
_SHARE_BIT = 8


def consent_bit(scope: Scope, recipient: int = 0) -> int:
    """Return the bit of a consent in a party's mask; `recipient` is a lender number 1..40.

    Raises:
        ValueError: a recipient where none belongs, or none where one does.
    """
    if scope is not Scope.SHARE_LENDER:
        if recipient:
            raise ValueError(f"{scope} has no recipient")
        return _BITS[scope]
    if not 1 <= recipient <= LENDERS_MAX:
        raise ValueError("sharing names a lender number 1..40")
    return _SHARE_BIT + recipient


# Begins the login of all staff of the demo, and of nobody else.
DEMO_LOGIN = "demo-"


class Caller(NamedTuple):
    """Whom a token speaks for: a party (borrower) or a member of staff, in a cell (ADR 0004)."""

    role: Role
    subject: int
    organisation: int
    cell: int


@dataclass(frozen=True, slots=True)
class Token:
    """A new bearer token; its text is shown once and stored nowhere."""

    text: str
    caller: Caller
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Challenge:
    """What a person answers with the code that was sent to their phone."""

    text: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class CodeToSend:
    """Handed to whoever carries it to the person; never logged, never stored plain."""

    phone: str
    code: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Grant:
    """One consent asked for: a purpose, and the lender number when it is about sharing."""

    scope: Scope
    recipient: int = 0


@dataclass(frozen=True, slots=True)
class ShownText:
    """What a person read before they agreed: title and text, filled in, in the language shown."""

    language: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class ShownTexts:
    """The texts of one version, by what each is about."""

    version: str
    by_grant: Mapping[Grant, ShownText]


@dataclass(frozen=True, slots=True)
class Consent:
    """A live consent of a party; no `text_sha256`: it was given before texts were kept."""

    id: int
    scope: Scope
    recipient: int
    version: str
    granted_at: datetime
    text_sha256: bytes | None = None


@dataclass(frozen=True, slots=True)
class ConsentEntry:
    """A line of the ledger of consents: given when, to which text, and ended when."""

    consent: Consent
    withdrawn_at: datetime | None
    shown: ShownText | None


@dataclass(frozen=True, slots=True)
class Profile:
    """What a person may see of their own party, masked."""

    party: PartyId
    is_identified: bool
    phone_masked: str | None
    name_masked: str | None


@dataclass(frozen=True, slots=True)
class Approval:
    """A proposal that a second person decides."""

    id: int
    operation: str
    subject: int
    body: bytes
    state: str
    maker: int
    checker: int | None
