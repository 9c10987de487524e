"""A facility (额度): a limit that loans are drawn on. State = fold of its events. Pure.

What is drawn is a loan of its own with terms of its own; the facility counts what it owes. So a
change of limit, price or standing reaches future draws only: nothing of a loan is looked at here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from tongtu.kernel.errors import Broken

LIMIT_MINOR_MAX = 10**9  # ten million yuan: no consumer's line is larger
RATE_BPS_MAX = 10_000
YEAR_MONTHS = 12


class FacilityKind(StrEnum):
    """What can happen to a facility."""

    GRANTED = "granted"
    RAISED = "raised"
    LOWERED = "lowered"
    FROZEN = "frozen"
    UNFROZEN = "unfrozen"
    REVIEWED = "reviewed"
    REPRICED = "repriced"
    RESERVED = "reserved"  # a draw was agreed; its money has not arrived
    RELEASED = "released"  # that draw will not come
    DRAWN = "drawn"  # its money arrived: it is a loan
    REPAID = "repaid"  # principal of one of its loans came back, or fell back (negative)
    CLOSED = "closed"


class Refusal(StrEnum):
    """Why nothing can be drawn; the code a customer reads."""

    CLOSED = "facility_closed"
    FROZEN = "facility_frozen"
    NOT_VALID = "facility_not_valid"
    REVIEW_DUE = "facility_review_due"
    SHORT = "facility_short"


@dataclass(frozen=True, slots=True)
class Grant:
    """What a facility begins with; `review_due_on` is the last day before its first review."""

    limit_minor: int
    rate_bps: int
    valid_from: date
    valid_to: date
    review_due_on: date
    is_revolving: bool = True

    def __post_init__(self) -> None:
        if not 1 <= self.limit_minor <= LIMIT_MINOR_MAX or not 0 <= self.rate_bps <= RATE_BPS_MAX:
            raise Broken("a facility's limit or rate is out of bounds", code="bad_facility")
        if not self.valid_from <= self.review_due_on <= self.valid_to:
            raise Broken("a facility is reviewed within its validity", code="bad_facility")


@dataclass(frozen=True, slots=True)
class FacilityEvent:
    """Something that happened, counting from `on`.

    `amount_minor` is the limit after a raise or lowering, else what is reserved, released, drawn
    or repaid. `rate_bps` goes with a price, `until` with a review. `subject` is the draw or the
    loan it is about, or the review that froze it; 0 where persons did.
    """

    seq: int
    kind: FacilityKind
    on: date
    amount_minor: int = 0
    rate_bps: int | None = None
    until: date | None = None
    subject: int = 0


@dataclass(frozen=True, slots=True)
class FacilityState:
    """A facility on a date; amounts in minor units."""

    as_of: date
    limit_minor: int
    used_minor: int
    reserved_minor: int
    rate_bps: int
    valid_from: date
    valid_to: date
    review_due_on: date
    is_frozen: bool = False
    is_closed: bool = False

    @property
    def available_minor(self) -> int:
        """What may be drawn: 0 where nothing may, or where the limit was lowered below its use."""
        free = self.limit_minor - self.used_minor - self.reserved_minor
        return 0 if self.standing is not None else max(0, free)

    @property
    def standing(self) -> Refusal | None:
        """Why nothing at all may be drawn on the date, or None."""
        if self.is_closed:
            return Refusal.CLOSED
        if self.is_frozen:
            return Refusal.FROZEN
        if not self.valid_from <= self.as_of <= self.valid_to:
            return Refusal.NOT_VALID
        return Refusal.REVIEW_DUE if self.as_of > self.review_due_on else None

    def refusal(self, amount_minor: int) -> Refusal | None:
        """Return why this amount may not be drawn on the date, or None."""
        if self.standing is not None:
            return self.standing
        return None if amount_minor <= self.available_minor else Refusal.SHORT


def fold_facility(grant: Grant, events: Sequence[FacilityEvent], as_of: date) -> FacilityState:
    """Return the facility at the end of `as_of`; what counts from later days is left out.

    Raises:
        Broken: the events leave less than nothing used or reserved.
    """
    state = FacilityState(
        as_of, grant.limit_minor, 0, 0, grant.rate_bps, grant.valid_from, grant.valid_to,
        grant.review_due_on,
    )  # fmt: skip
    for event in sorted(events, key=lambda one: (one.on, one.seq)):
        if event.on <= as_of:
            state = _apply(grant, state, event)
    if min(state.used_minor, state.reserved_minor) < 0:
        raise Broken("a facility's use fell below nothing", code="bad_facility")
    return state


def _apply(grant: Grant, state: FacilityState, event: FacilityEvent) -> FacilityState:
    """Return the facility after what a person decided; what happened by itself is counted."""
    match event.kind:
        case FacilityKind.RAISED | FacilityKind.LOWERED:
            return replace(state, limit_minor=event.amount_minor)
        case FacilityKind.FROZEN | FacilityKind.UNFROZEN:
            return replace(state, is_frozen=event.kind is FacilityKind.FROZEN)
        case FacilityKind.REVIEWED:
            assert event.until is not None
            return replace(state, review_due_on=min(event.until, state.valid_to))
        case FacilityKind.REPRICED:
            assert event.rate_bps is not None
            return replace(state, rate_bps=event.rate_bps)
        case FacilityKind.CLOSED:
            return replace(state, is_closed=True)
        case _:
            return _count(grant, state, event)


def _count(grant: Grant, state: FacilityState, event: FacilityEvent) -> FacilityState:
    amount, used, reserved = event.amount_minor, state.used_minor, state.reserved_minor
    match event.kind:
        case FacilityKind.RESERVED:
            reserved += amount
        case FacilityKind.RELEASED:
            reserved -= amount
        case FacilityKind.DRAWN:
            reserved, used = reserved - amount, used + amount
        case FacilityKind.REPAID:
            # A line that does not revolve stays used: what is repaid is not lent again.
            used -= amount if grant.is_revolving else 0
        case _:
            pass
    return replace(state, used_minor=used, reserved_minor=reserved)
