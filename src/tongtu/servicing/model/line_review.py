"""What a review of a line may say and how far it may come. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from tongtu.kernel.errors import Conflict


class Occasion(StrEnum):
    """Why a line is looked at."""

    SCHEDULE = "schedule"
    LATE = "late"  # a loan of the person's is overdue
    PAID_UP = "paid_up"  # it was suspended, and nothing is overdue any more
    STAFF = "staff"


class Outcome(StrEnum):
    """What the rules say of it."""

    KEEP = "keep"
    RAISE = "raise"
    LOWER = "lower"
    SUSPEND = "suspend"
    RESUME = "resume"
    CLOSE = "close"


ADVERSE = frozenset({Outcome.LOWER, Outcome.SUSPEND, Outcome.CLOSE})


class ReviewState(StrEnum):
    """How far what was said has come."""

    DONE = "done"  # nothing was to be changed, or a suspension ended
    OFFERED = "offered"  # a raise waits for the person's consent
    ACCEPTED = "accepted"
    LAPSED = "lapsed"
    ANNOUNCED = "announced"  # the person was told; its day has not come
    IN_FORCE = "in_force"
    ASKED = "asked"  # the person asked for a person before it counted: it does not count yet
    DISPUTED = "disputed"  # asked for one after: it counts until a person says otherwise
    HELD = "held"  # the law or a missing rule of it leaves it to a person
    UPHELD = "upheld"
    OVERTURNED = "overturned"


OPEN = frozenset(
    {
        ReviewState.OFFERED,
        ReviewState.ANNOUNCED,
        ReviewState.ASKED,
        ReviewState.DISPUTED,
        ReviewState.HELD,
    }
)
WAITING = frozenset({ReviewState.ASKED, ReviewState.DISPUTED, ReviewState.HELD})
_S = ReviewState
MOVES: Mapping[ReviewState, frozenset[ReviewState]] = {
    _S.OFFERED: frozenset({_S.ACCEPTED, _S.LAPSED}),
    _S.ANNOUNCED: frozenset({_S.IN_FORCE, _S.ASKED, _S.HELD, _S.LAPSED}),
    _S.IN_FORCE: frozenset({_S.DISPUTED}),
    # Upheld before its day it waits for that, and is not asked about again.
    _S.ASKED: frozenset({_S.ANNOUNCED, _S.UPHELD, _S.OVERTURNED, _S.LAPSED}),
    _S.DISPUTED: frozenset({_S.UPHELD, _S.OVERTURNED, _S.LAPSED}),
    _S.HELD: frozenset({_S.UPHELD, _S.OVERTURNED, _S.LAPSED}),
}


def check_move(old: ReviewState, new: ReviewState) -> ReviewState:
    """Return `new`. Raises Conflict (`review_ended`) when a review may not go there."""
    if new not in MOVES.get(old, frozenset()):
        raise Conflict(f"this review is {old.value} already", code="review_ended")
    return new


@dataclass(frozen=True, slots=True)
class Move:
    """A step of a review: who of staff ruled and by which code, or the facts of a consent."""

    to: ReviewState
    ruled_by: int | None = None
    ruling: str | None = None
    answered: str | None = None


@dataclass(frozen=True, slots=True)
class LineFacts:
    """What the table is asked of a line. Shares in percent, rounded up; None: not known."""

    lender: str
    is_given_up: bool
    is_suspended: bool
    days_late: int
    worst_days_late: int
    on_time: int
    months_open: int
    use_percent: int
    pd_ppm: int | None
    service_percent: int | None

    def table(self) -> dict[str, object]:
        """Return the facts under the names of the table."""
        return {
            "lender": self.lender,
            "is_given_up": self.is_given_up,
            "is_suspended": self.is_suspended,
            "days_late": self.days_late,
            "worst_days_late": self.worst_days_late,
            "on_time": self.on_time,
            "months_open": self.months_open,
            "use_percent": self.use_percent,
            "has_score": self.pd_ppm is not None,
            "pd_ppm": self.pd_ppm or 0,
            "has_service": self.service_percent is not None,
            "service_percent": self.service_percent or 0,
        }


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the rules say: the limit as it would be, in fen, and the reason the person is told."""

    outcome: Outcome
    limit_minor: int
    reason: str


@dataclass(frozen=True, slots=True)
class LineReview:
    """A review as stored; see the table's comments. Amounts in fen."""

    cell: int
    id: int
    facility: int
    party: int
    lender: int
    occasion: Occasion
    outcome: Outcome
    reason: str
    limit_from_minor: int
    limit_to_minor: int
    business_date: date
    counts_on: date | None
    answer_by: date
    facts: str
    rules_hash: str
    pack_hash: str
    model_hash: str
    salt: bytes
    at: datetime
    state: ReviewState
    asked_at: datetime | None = None
    ruled_by: int | None = None
    ruled_at: datetime | None = None
    ruling: str | None = None
    answered: str | None = None
