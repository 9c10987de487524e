"""Reviews of lines: what is known of the person's loans, a review kept, a review moved on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from tongtu.evidence.api import Entry, append, commitment
from tongtu.kernel.errors import Conflict
from tongtu.kernel.ids import id_shard
from tongtu.runtime.api import Connection, Runtime
from tongtu.servicing.flow.leaf import canonical
from tongtu.servicing.model.line_review import LineReview, Move, check_move
from tongtu.servicing.rules.line_review import Punctuality, punctuality
from tongtu.servicing.store import line_review as store
from tongtu.servicing.store import loan as loans
from tongtu.servicing.store.pause import pauses_of

LEAF = "line_review"


async def how_paid(
    connection: Connection, cell: int, party: int, days: tuple[date, date]
) -> Punctuality:
    """Return how a person paid the newest of their loans; `days` are the first one, and today."""
    numbers = await store.loans_of(connection, cell, party)
    rows = await loans.find_many(connection, cell, numbers)
    events = await loans.events_of(connection, cell, numbers)
    pauses = await pauses_of(connection, cell, numbers)
    found = Punctuality()
    for number in numbers:
        entered = [one.event for one in events[number]]
        found = found.beside(punctuality(rows[number].terms, entered, days, pauses[number]))
    return found


async def keep_review(connection: Connection, runtime: Runtime, review: LineReview) -> None:
    """Write a review and its leaf; the caller holds the facility's lock."""
    await store.insert(connection, review)
    told = {
        "review": review.id,
        "facility": review.facility,
        "occasion": review.occasion.value,
        "outcome": review.outcome.value,
        "reason": review.reason,
        "limit_from_minor": review.limit_from_minor,
        "limit_to_minor": review.limit_to_minor,
        "business_date": review.business_date.isoformat(),
        "counts_on": review.counts_on.isoformat() if review.counts_on else None,
        "facts": review.facts,
        "rules": review.rules_hash,
        "pack": review.pack_hash,
        "model": review.model_hash,
        "state": review.state.value,
    }
    await _prove(connection, runtime, review, told)


async def move_review(
    connection: Connection, runtime: Runtime, review: LineReview, step: Move
) -> None:
    """Move a review on, with its leaf.

    Raises:
        Conflict: it may not go there, or stands elsewhere by now (`review_ended`).
    """
    check_move(review.state, step.to)
    if not await store.move(connection, review, step, runtime.clock.now()):
        raise Conflict("this review was answered meanwhile", code="review_ended")
    told = {
        "review": review.id,
        "from": review.state.value,
        "to": step.to.value,
        "ruled_by": step.ruled_by,
        "ruling": step.ruling,
        "answered": step.answered,
    }
    await _prove(connection, runtime, review, told)


async def _prove(
    connection: Connection, runtime: Runtime, review: LineReview, told: Mapping[str, object]
) -> None:
    leaf = Entry(LEAF, review.id, commitment(review.salt, canonical(told)))
    number = runtime.ids.new(id_shard(review.facility))
    await append(connection, review.cell, number, [leaf], runtime.clock.now())
