"""Values of a campaign: what is proposed, who is in it, where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from tongtu.kernel.errors import Refused

LEAD = timedelta(minutes=1)
DAYS_MAX = 60
AUDIENCE_MAX = 50_000
# Less than a twentieth held out tells nothing; more than four fifths is no campaign.
HOLD_OUT_PPM_MIN, HOLD_OUT_PPM_MAX = 50_000, 800_000
RESPONSE_DAYS_MAX = 30
# The stop rule looks at a campaign once so many were pushed.
JUDGED_FROM = 200


class BadSegment(Refused):
    """A segment that looks at what no campaign may look at, or cannot be read."""

    default_code = "bad_segment"


class State(StrEnum):
    """Where a campaign stands."""

    PROPOSED = "proposed"
    WAITING = "waiting"
    RUNNING = "running"
    STOPPED = "stopped"
    ENDED = "ended"


class Group(StrEnum):
    """Drawn by chance, once, whatever happens later: pushed to, or held out for comparison."""

    PUSH = "push"
    HOLD_OUT = "hold_out"


class Fate(StrEnum):
    """What became of a member of the push group."""

    DUE = "due"
    PUSHED = "pushed"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Plan:
    """What one person proposes and another approves."""

    name: str
    why: str
    product: str  # what is told about, by its name in the catalogue
    segment: tuple[Mapping[str, str], ...]  # rows of conditions by feature; one row has to hold
    hold_out_ppm: int
    audience_max: int
    starts_at: datetime
    ends_at: datetime
    response_days: int
    off_ppm_max: int  # stop: of those pushed to, so many switched pushes off


@dataclass(frozen=True, slots=True)
class Campaign:
    """A plan, and what became of it."""

    id: int
    plan: Plan
    proposed_by: int
    proposed_at: datetime
    approval: int | None
    approved_at: datetime | None
    stopped_at: datetime | None
    stopped_by: int | None
    stopped_why: str | None

    def state(self, now: datetime) -> State:
        """Return where it stands at an instant."""
        if self.approved_at is None:
            return State.PROPOSED
        if self.stopped_at is not None:
            return State.STOPPED
        if now < self.plan.starts_at:
            return State.WAITING
        return State.RUNNING if now < self.plan.ends_at else State.ENDED


class Member(NamedTuple):
    """A person of the segment, drawn once; `stratum` is how their loans here went."""

    party: int
    group: Group
    chance_ppm: int  # of being in the push group
    stratum: str
    enrolled_on: date


class Outcome(NamedTuple):
    """What a member did within the days of response."""

    member: Member
    fate: Fate
    applied: bool
    taken_minor: int
    is_off: bool  # pushes are switched off now
