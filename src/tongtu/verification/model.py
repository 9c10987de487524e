"""A case, what was found in it, and how sure that makes us. Frozen values, no I/O."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum

# A case that nobody goes on with ends; whoever comes back opens another.
CASE_LIFE = timedelta(days=3)
# A picture of a face that a person has to look at is kept so long, within what the pack allows.
FACE_KEPT_DAYS = 30
# A person who tries on and on is somebody for a branch, whose own finds are counted apart.
ELEMENTS_MAX = 40


class Level(IntEnum):
    """How surely it is known who a person is. The numbers stand in the database and in products."""

    NONE = 0  # a name and a number were stated
    CHECKED = 1  # a register that may say so confirmed them together with the phone
    LIKENESS = 2  # and a face, that no certified provider saw to be alive, fits the card's portrait
    ASSURED = 3  # and somebody certified or licensed saw the person, or a branch did


class Way(StrEnum):
    """How something is found out."""

    AUTHORITY = "authority"  # three elements: name, resident id, phone
    BANK_CARD = "bank_card"  # four: and the person's own bank card
    VIDEO = "video"  # a licensed service looks at the person; raises the level if certified
    FACE = "face"
    DOCUMENT = "document"  # the card was photographed and read: the side with the portrait
    CARD_BACK = "card_back"  # the side with its term
    PHONE = "phone"  # the operator's word: number in the device, fresh SIM
    BRANCH = "branch"
    FINGERPRINT = "fingerprint"


# Ways that take a person as far as a face does; some of these are offered beside it, always.
BESIDE_FACE = (Way.BANK_CARD, Way.VIDEO, Way.BRANCH)
OTHER_WAYS_MIN = 2


class Found(StrEnum):
    """What a way found. Unknown is neither: it is asked again."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"
    PERSON = "person"  # not clear enough for a machine


class State(StrEnum):
    """Where a case stands."""

    OPEN = "open"
    REVIEW = "review"
    PASSED = "passed"
    REFUSED = "refused"
    EXPIRED = "expired"


class Event(StrEnum):
    """What moves a case."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    HOLD = "hold"
    REFUSE = "refuse"
    EXPIRE = "expire"


MOVES = {
    (State.OPEN, Event.PASS): State.PASSED,
    (State.OPEN, Event.HOLD): State.REVIEW,
    (State.OPEN, Event.REFUSE): State.REFUSED,
    (State.OPEN, Event.EXPIRE): State.EXPIRED,
    (State.REVIEW, Event.PASS): State.PASSED,
    (State.REVIEW, Event.REFUSE): State.REFUSED,
    (State.REVIEW, Event.EXPIRE): State.EXPIRED,
}


# A person who was refused comes again: not at once, and seldom when it was often. A branch or the
# desk can always look sooner at what they have to show; no machine passes them until a person did.
REFUSED_BEFORE = "refused_before"
REFUSED_WITHIN = timedelta(days=90)
REFUSED_MAX = 3
WAIT_REFUSED, WAIT_REFUSED_OFTEN = timedelta(days=1), timedelta(days=30)


class Channel(StrEnum):
    """Where a case goes on."""

    WEB = "web"
    PHONE = "phone"
    BRANCH = "branch"


@dataclass(frozen=True, slots=True)
class Stated:
    """What a person says of themselves when a case opens; the law's point asks for it."""

    channel: Channel = Channel.WEB
    is_student: bool = False
    has_source_of_funds: bool = False


@dataclass(frozen=True, slots=True)
class IdentityCase:
    """One attempt to show who a party is."""

    id: int
    cell: int
    party: int
    channel: Channel
    state: State
    level: Level
    risk_level: int
    is_student: bool
    has_source_of_funds: bool
    reasons: tuple[str, ...]
    clerk: int | None
    opened_at: datetime
    expires_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Element:
    """What one way found out."""

    way: Way
    outcome: Found
    provider: str
    is_certified: bool = False
    detail: tuple[str, ...] = ()
    distance_ppm: int | None = None
    staff: int | None = None
    document: int | None = None  # the picture it was read from


@dataclass(frozen=True, slots=True)
class KeptElement:
    """An element as it stands in its case."""

    id: int
    element: Element
    found_at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands of a party: level, risk, until when."""

    level: Level = Level.NONE
    risk_level: int = 0
    valid_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the elements of a case amount to."""

    event: Event | None  # None: not enough yet
    level: Level
    risk_level: int
    reasons: tuple[str, ...] = ()
    missing: tuple[Way, ...] = field(default=())
