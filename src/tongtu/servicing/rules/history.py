"""A loan's events with lives kept on the way, so that news replays only what it can change.

A life is kept after every so many events, in the order they count. An event entered late, or an
undo, falls back to the last life before it; the result is that of a replay from the start.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, replace
from datetime import date

from tongtu.servicing.model.event import EventKind, LoanEvent
from tongtu.servicing.model.life import Life
from tongtu.servicing.model.policy import ServicingTerms
from tongtu.servicing.rules.replay import Step, advance, order_of, run, steps_of
from tongtu.servicing.rules.signed import born

# A life costs about as much to keep as this many events cost to replay.
KEPT_EVERY = 32


@dataclass(frozen=True, slots=True)
class History:
    """Events in order of entry, steps in the order they count, and lives kept after some steps."""

    terms: ServicingTerms
    events: tuple[LoanEvent, ...] = ()
    steps: tuple[Step, ...] = ()
    kept: tuple[tuple[int, Life], ...] = ()

    def enter(self, event: LoanEvent) -> History:
        """Return the history with one more event."""
        events = (*self.events, event)
        if event.kind is EventKind.UNDONE:
            steps = tuple(steps_of(events))
            at = _first_difference(self.steps, steps)
        else:
            at = bisect_right(self.steps, order_of(event), key=lambda step: order_of(step.event))
            steps = (*self.steps[:at], Step(event), *self.steps[at:])
        trusted = tuple(one for one in self.kept if one[0] <= at)
        history = replace(self, events=events, steps=steps, kept=trusted)
        return replace(history, kept=_keep(history))

    def life(self, as_of: date) -> Life:
        """Return the loan on a day."""
        count, life = self.last_kept()
        return run(life, self.steps[count:], as_of)

    def last_kept(self) -> tuple[int, Life]:
        """Return a life of one's own after as many steps as could be kept."""
        if not self.kept:
            return 0, born(self.terms)
        count, life = self.kept[-1]
        return count, life.copy()


def history_of(terms: ServicingTerms, events: tuple[LoanEvent, ...]) -> History:
    """Return the history of events read from the store."""
    history = History(terms, events, tuple(steps_of(events)))
    return replace(history, kept=_keep(history))


def _keep(history: History) -> tuple[tuple[int, Life], ...]:
    """Return the lives to keep: after every so many steps, and after the last."""
    count, life = history.last_kept()
    kept = [one for one in history.kept if one[0] % KEPT_EVERY == 0]
    last = len(history.steps)
    while count < last:
        end = min(last, count - count % KEPT_EVERY + KEPT_EVERY)
        advance(life, history.steps[count:end])
        count = end
        if count % KEPT_EVERY == 0 and count < last:
            kept.append((count, life.copy()))
    return (*(one for one in kept if one[0] != last), (last, life))


def _first_difference(old: tuple[Step, ...], new: tuple[Step, ...]) -> int:
    for index, (one, other) in enumerate(zip(old, new, strict=False)):
        if one != other:
            return index
    return min(len(old), len(new))
