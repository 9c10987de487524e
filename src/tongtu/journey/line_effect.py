"""A reviewed line changes: as far as the lender's law lets it, and never what was drawn on it."""

from __future__ import annotations

from collections.abc import Awaitable

from tongtu.journey.line import Lines, apply_line_change
from tongtu.journey.line_weighing import Reviewing, law_of_line
from tongtu.kernel.errors import Conflict
from tongtu.policy.api import Finding, Severity
from tongtu.runtime.api import Connection, business_date
from tongtu.servicing.api import (
    FacilityChange,
    FacilityKind,
    FacilityRow,
    LineReview,
    Outcome,
    ReviewState,
    frozen_by,
)

POINT = "facility.change"


def lines_of(platform: Reviewing) -> Lines:
    """Return what a line is changed by."""
    return Lines(platform.runtime, platform.all_laws, platform.book, platform.catalogue)


async def law_against(
    connection: Connection,
    platform: Reviewing,
    place: tuple[LineReview, FacilityRow],
    *,
    has_consent: bool = False,
) -> list[Finding]:
    """Return what the law of today has against a change; `place` is the review and its line."""
    review, row = place
    today = await business_date(connection)
    owed = row.used_minor + row.reserved_minor
    facts = {
        "change": review.outcome.value,
        "has_raise_consent": has_consent,
        "reasons_given": 1 if review.reason else 0,
        "days_since_notice": (today - review.business_date).days,
        # Who ruled by now waits no more; the ruling comes before the change.
        "is_person_waiting": review.state is ReviewState.ASKED and review.ruled_by is None,
        "owed_on_line_minor": owed,
        "limit_after_minor": max(review.limit_to_minor, owed),
    }
    found = law_of_line(platform, review.lender).evaluate(POINT, facts, today)
    return [one for one in found if one.severity is not Severity.WARN]


async def change_line(
    connection: Connection, platform: Reviewing, place: tuple[LineReview, FacilityRow]
) -> None:
    """Make what a review said of a line count; what is owed on it stays as it was signed.

    A line that is to be closed while something is owed on it is frozen.
    """
    review, row = place
    owed = row.used_minor + row.reserved_minor
    match review.outcome:
        case Outcome.RAISE:
            change = FacilityChange(FacilityKind.RAISED, limit_minor=review.limit_to_minor)
        case Outcome.LOWER:
            limit = max(review.limit_to_minor, owed)
            change = FacilityChange(FacilityKind.LOWERED, limit_minor=limit)
        case Outcome.RESUME:
            change = FacilityChange(FacilityKind.UNFROZEN)
        case Outcome.CLOSE if owed == 0:
            change = FacilityChange(FacilityKind.CLOSED)
        case _:
            change = FacilityChange(FacilityKind.FROZEN, review=review.id)
    await unless_unchanged(apply_line_change(connection, lines_of(platform), row.id, change))


async def undo_change(connection: Connection, platform: Reviewing, review: LineReview) -> None:
    """Take back what counted already; a raise to where it was takes the lender's quota again.

    A line that persons froze since stays frozen.

    Raises:
        Refused: the lender's quota of the day, or the person's limit, leaves no room now.
    """
    change = FacilityChange(FacilityKind.UNFROZEN)
    if review.outcome is Outcome.LOWER:
        change = FacilityChange(FacilityKind.RAISED, limit_minor=review.limit_from_minor)
    elif not await frozen_by(connection, review.cell, review.facility):
        return
    await unless_unchanged(
        apply_line_change(connection, lines_of(platform), review.facility, change)
    )


async def unless_unchanged(work: Awaitable[object]) -> None:
    """Await what may find that all stands so already."""
    try:
        await work
    except Conflict as conflict:
        if conflict.code != "facility_unchanged":
            raise
