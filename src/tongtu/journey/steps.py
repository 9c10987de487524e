"""The order of things: which step a case of `origination` may go to, and on what event.

The order stands in bpmn/origination.bpmn. Its graph is walked once from every step by every event;
what comes out is a table, so that a case, straight through or after a person's ruling, goes where
the file says at the price of a look-up. A file that this house cannot follow stops the start.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from tongtu.kernel.errors import Conflict
from tongtu.process.api import (
    Done,
    Graph,
    Happening,
    Kind,
    NotWaiting,
    Stuck,
    Told,
    compile_process,
    standing_at,
    walk,
)
from tongtu.tables.api import shipped_folder

DEFINITION = "origination"
# What a graph is walked by has no time: the steps of a case have none to keep.
_NO_TIME = 0
_ONLY_TOKEN = 1


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


# How a step that decides is left: by its outcome. Every other is left by a message.
_OUTCOMES = {
    Event.OFFERS_MADE: "offers",
    Event.DECLINED: "declined",
    Event.SENT_TO_REVIEW: "review",
    Event.HELD: "held",
}
_DECIDING = frozenset({Kind.RULE, Kind.USER})
Moves = Mapping[Step, Mapping[Event, Step]]


def moves_of(graph: Graph) -> Moves:
    """Return the table of a version: step, event, next step; an event it does not name is refused.

    Raises:
        ValueError: the file names a step that this house does not know.
    """
    return MappingProxyType(
        {
            step: MappingProxyType(
                {event: to for event in Event if (to := _walked(graph, step, event)) is not None}
            )
            for step in Step
        }
    )


def _walked(graph: Graph, step: Step, event: Event) -> Step | None:
    node = graph.node(step.value)
    if node is None:
        raise ValueError(f"bpmn/origination.bpmn has no {step}")
    if not node.waits:
        return None  # an end
    happening: Happening = Told(event.value)
    if node.kind in _DECIDING and event in _OUTCOMES:
        happening = Done(_ONLY_TOKEN, {"outcome": _OUTCOMES[event]})
    try:
        walked = walk(graph, standing_at(node.index, _NO_TIME), happening, _NO_TIME)
    except (NotWaiting, Stuck):
        return None
    stands = [token.node for token in walked.state.tokens] or [walked.path[-1].node]
    if len(stands) > 1:
        raise ValueError(f"{event} takes a case from {step} to two places at once")
    return Step(graph.nodes[stands[0]].id)


ORIGINATION = compile_process((shipped_folder("bpmn") / f"{DEFINITION}.bpmn").read_bytes())
PROCESS_VERSION = ORIGINATION.hash
MOVES = moves_of(ORIGINATION)

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


def move(step: str, event: str, moves: Moves = MOVES) -> Step:
    """Return the step that `event` leads to from `step`.

    Raises:
        Conflict: the table knows no such move (code `wrong_step`).
    """
    try:
        return moves[Step(step)][Event(event)]
    except (KeyError, ValueError):
        raise Conflict(
            f"{event} is not possible when the case is {step}", code="wrong_step"
        ) from None
