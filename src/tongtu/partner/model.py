"""Webhooks and deliveries as values, and the bounds they keep."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

# One test, one live, and some to move between: more is a mistake.
WEBHOOKS_MAX = 5
# The pauses grow 4-fold from 5 s to 6 hours: about a day in all, then a person is wanted.
ATTEMPTS_MAX = 9
PAUSE_MIN_S, PAUSE_FACTOR, PAUSE_MAX_S = 5, 4, 6 * 3_600
# What a partner tries by hand: more that wait at once are a loop, not a try.
PINGS_MAX = 5
# For how long the secret before the newest still signs: two are valid at once.
OVERLAP = timedelta(hours=24)
REPLAY_MAX = 1_000
PAGE_MAX = 100


class Kind(StrEnum):
    """What a partner can hear of."""

    ANSWER_TAKEN = "answer.taken"  # what became of a remote lender's own answer
    OFFER_ACCEPTED = "offer.accepted"
    AGREEMENT_SIGNED = "agreement.signed"
    AGREEMENT_WITHDRAWN = "agreement.withdrawn"  # the borrower withdrew within their days
    PAYMENT_ENDED = "payment.ended"
    # What a lender was given about a person: put right, to be erased, or not to be used any more.
    PERSON_CORRECTED = "person.corrected"
    PERSON_ERASED = "person.erased"
    CONSENT_WITHDRAWN = "consent.withdrawn"
    PING = "ping"  # asked for by the partner itself


class DeliveryState(StrEnum):
    """How far one delivery came."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    PARKED = "parked"  # tried often enough: the partner asks for it again by a replay


@dataclass(frozen=True, slots=True)
class Owner:
    """A partner: what it is, and its number."""

    role: str
    organisation: int


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where a partner wants to hear of what; `generation` numbers its secret."""

    id: int
    owner: Owner
    url: str
    events: tuple[str, ...]
    generation: int
    previous_until: datetime | None
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class News:
    """Something that concerns one partner; `event` is the id of what happened."""

    owner: Owner
    event: int
    kind: Kind
    body: bytes
    happened_at: datetime


@dataclass(frozen=True, slots=True)
class Delivery:
    """One piece of news on its way to one webhook."""

    cell: int
    webhook: int
    event: int
    kind: str
    body: bytes
    happened_at: datetime
    state: DeliveryState
    attempts: int
    next_at: datetime
    status: int | None
    fault: str
    ended_at: datetime | None
