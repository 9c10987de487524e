"""The order of things, as a table: which step a case of `origination` may go to, and on what event.

The BPMN engine will take this table's place, so no context knows what comes next. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from tongtu.kernel.errors import Conflict

DEFINITION = "origination"
PROCESS_VERSION = "1"


class Step(StrEnum):
    """Where a case stands."""

    SUBMITTED = "submitted"
    OFFERS = "offers"
    DECLINED = "declined"
    REVIEW = "review"
    WAITING = "waiting"
    ACCEPTED = "accepted"
    COST_SHOWN = "cost_shown"
    COST_CONFIRMED = "cost_confirmed"
    AGREEMENT_READY = "agreement_ready"
    SIGNED = "signed"
    PAYING_OUT = "paying_out"
    PAYOUT_FAILED = "payout_failed"
    FUNDED = "funded"
    LINE_OPEN = "line_open"
    SETTLED = "settled"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class Event(StrEnum):
    """What happened to a case."""

    OFFERS_MADE = "offers_made"
    DECLINED = "declined"
    SENT_TO_REVIEW = "sent_to_review"
    HELD = "held"
    OFFER_ACCEPTED = "offer_accepted"
    COST_SHOWN = "cost_shown"
    COST_CONFIRMED = "cost_confirmed"
    AGREEMENT_MADE = "agreement_made"
    AGREEMENT_SIGNED = "agreement_signed"
    LINE_OPENED = "line_opened"
    LINE_CLOSED = "line_closed"
    PAYOUT_STARTED = "payout_started"
    PAYOUT_LAPSED = "payout_lapsed"
    PAYOUT_CONFIRMED = "payout_confirmed"
    PAYOUT_REFUSED = "payout_refused"
    PAYOUT_RETURNED = "payout_returned"
    LOAN_SETTLED = "loan_settled"
    REPAYMENT_RETURNED = "repayment_returned"
    OFFERS_EXPIRED = "offers_expired"
    CANCELLED = "cancelled"


_DECIDED = {
    Event.OFFERS_MADE: Step.OFFERS,
    Event.DECLINED: Step.DECLINED,
    Event.SENT_TO_REVIEW: Step.REVIEW,
}
_CANCEL = {Event.CANCELLED: Step.CANCELLED}

MOVES: Mapping[Step, Mapping[Event, Step]] = MappingProxyType(
    {
        step: MappingProxyType(moves)
        for step, moves in {
            Step.SUBMITTED: {**_DECIDED, Event.HELD: Step.WAITING},
            Step.WAITING: {**_DECIDED, **_CANCEL},
            Step.REVIEW: {**_DECIDED, **_CANCEL},
            # A person may always ask for a person: the machine's no is not the end.
            Step.DECLINED: {Event.SENT_TO_REVIEW: Step.REVIEW},
            Step.OFFERS: {
                Event.OFFER_ACCEPTED: Step.ACCEPTED,
                Event.OFFERS_EXPIRED: Step.EXPIRED,
                # Links that came to light since the offers: a person looks before money moves.
                Event.SENT_TO_REVIEW: Step.REVIEW,
                **_CANCEL,
            },
            Step.ACCEPTED: {Event.COST_SHOWN: Step.COST_SHOWN, **_CANCEL},
            Step.COST_SHOWN: {Event.COST_CONFIRMED: Step.COST_CONFIRMED, **_CANCEL},
            Step.COST_CONFIRMED: {Event.AGREEMENT_MADE: Step.AGREEMENT_READY, **_CANCEL},
            Step.AGREEMENT_READY: {Event.AGREEMENT_SIGNED: Step.SIGNED, **_CANCEL},
            Step.SIGNED: {
                Event.PAYOUT_STARTED: Step.PAYING_OUT,
                Event.PAYOUT_LAPSED: Step.PAYOUT_FAILED,
                # A line pays nothing out by itself: it is there to be drawn on.
                Event.LINE_OPENED: Step.LINE_OPEN,
            },
            Step.LINE_OPEN: {Event.LINE_CLOSED: Step.SETTLED},
            Step.PAYING_OUT: {
                Event.PAYOUT_CONFIRMED: Step.FUNDED,
                Event.PAYOUT_REFUSED: Step.PAYOUT_FAILED,
            },
            Step.PAYOUT_FAILED: {Event.PAYOUT_STARTED: Step.PAYING_OUT, **_CANCEL},
            Step.FUNDED: {
                Event.LOAN_SETTLED: Step.SETTLED,
                # The money came back: the case is open again, and a person decides.
                Event.PAYOUT_RETURNED: Step.PAYOUT_FAILED,
            },
            # The bank took back what settled the loan: it is owed again.
            Step.SETTLED: {Event.REPAYMENT_RETURNED: Step.FUNDED},
            Step.EXPIRED: {},
            Step.CANCELLED: {},
        }.items()
    }
)

# Where a case is over: no event leads on, or only a bank's that nobody waits for.
ENDS = frozenset({Step.SETTLED, *(step for step, moves in MOVES.items() if not moves)})

# What the decision lane is handed: the step each outcome of the machine leads to.
STEP_OF_OUTCOME: Mapping[str, str] = MappingProxyType(
    {
        "offers": MOVES[Step.SUBMITTED][Event.OFFERS_MADE].value,
        "declined": MOVES[Step.SUBMITTED][Event.DECLINED].value,
        "review": MOVES[Step.SUBMITTED][Event.SENT_TO_REVIEW].value,
    }
)


def move(step: str, event: str) -> Step:
    """Return the step that `event` leads to from `step`.

    Raises:
        Conflict: the table knows no such move (code `wrong_step`).
    """
    try:
        return MOVES[Step(step)][Event(event)]
    except (KeyError, ValueError):
        raise Conflict(
            f"{event} is not possible when the case is {step}", code="wrong_step"
        ) from None
