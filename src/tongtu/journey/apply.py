"""Takes an application into the decision lane: ids, salt and time are drawn here, once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import NamedTuple, Protocol

from tongtu.identity.api import Caller
from tongtu.journey.needs import Asking, Deciding, UnderLaw
from tongtu.journey.steps import PROCESS_VERSION, STEP_OF_OUTCOME
from tongtu.kernel.errors import NotReady, Refused
from tongtu.kernel.ids import ApplicationId, DecisionId, PartyId, id_shard
from tongtu.origination.api import (
    ApplyAnswer,
    ApplyRequest,
    DecisionEngine,
    DecisionLane,
    Declared,
    ProcessPlan,
)
from tongtu.risk.api import Purpose, fetch_outside, fetch_report
from tongtu.runtime.api import Runtime

SALT_BYTES = 16
_MODEL_RETRY_S = 5
Question = Callable[[], Awaitable[object]]


class Platform(Asking, Deciding, UnderLaw, Protocol):
    """What applying needs of the running platform; no lane stands before a model is trained."""


class Asked(NamedTuple):
    """An application as the edge understood it. A named tuple: ADR 0004."""

    key: str
    body_hash: bytes
    product: str
    amount_minor: int
    tenor_months: int
    purpose: str
    device: str
    address: str  # of the internet, as the connection has it
    declared: Declared


def decision_lane(runtime: Runtime, engine: DecisionEngine, *, lanes: int = 1) -> DecisionLane:
    """Return the lane, told where each outcome leads; the composition root starts it."""
    return DecisionLane(runtime, engine, ProcessPlan(PROCESS_VERSION, STEP_OF_OUTCOME), lanes=lanes)


async def apply(platform: Platform, caller: Caller, asked: Asked) -> ApplyAnswer:
    """Decide an application of the caller's own; the same key gives the same answer.

    Raises:
        NotReady: no model is trained yet.
        KeyReused: the key came with another body before.
        Overloaded, DeadlinePassed: the lane is full, or too slow; the same key asks again.
    """
    return await begin_apply(platform, caller, asked)


def begin_apply(platform: Platform, caller: Caller, asked: Asked) -> asyncio.Future[ApplyAnswer]:
    """Send an application into its lane and return the future of its answer.

    Raises NotReady and Overloaded, as `apply`; its other faults come from the future. Where the
    outside is asked first, it is asked about a person one application after another.
    """
    lane, runtime = platform.decisions, platform.runtime
    if lane is None:
        raise NotReady(
            "the scorecard is being trained; please try again", retry_after_s=_MODEL_RETRY_S
        )
    request = _request(runtime, caller, asked)
    asking = _asking(platform, lane, caller, asked)
    if asking:
        return lane.ask_first(request, partial(_ask, asking))
    return lane.enqueue(request)


def _asking(platform: Platform, lane: DecisionLane, caller: Caller, asked: Asked) -> list[Question]:
    """Return the questions to be put to the outside first; none for most applications.

    What is needed follows from product and amount alone: nothing is looked up to know it.
    """
    asking: list[Question] = []
    runtime, purpose = platform.runtime, Purpose.LOAN_APPLICATION
    if platform.bureau is not None and lane.engine.bureau_days(asked.product):
        asked_of = platform.pack, platform.bureau, caller, purpose
        asking.append(partial(fetch_report, runtime, *asked_of))
    if platform.informants:
        for source in lane.engine.needed(asked.product, asked.amount_minor):
            informant = platform.informants.get(source.id)
            if informant is not None:
                of = source, informant
                asking.append(partial(fetch_outside, runtime, platform.pack, of, caller, purpose))
    return asking


async def _ask(asking: list[Question]) -> None:
    """Ask all at once and outside the lane; what is not there then is judged as missing.

    Without the written consent nobody is asked, and the lane finds nothing of that source.
    """
    questions = [question() for question in asking]
    for became in await asyncio.gather(*questions, return_exceptions=True):
        if isinstance(became, BaseException) and not isinstance(became, Refused):
            raise became


def _request(runtime: Runtime, caller: Caller, asked: Asked) -> ApplyRequest:
    received_s = runtime.clock.monotonic_s()
    shard = id_shard(caller.subject)
    keys, ids = runtime.keys, runtime.ids
    # In the order of the fields: by name costs three times as much (ADR 0004).
    return ApplyRequest(
        caller.subject,
        PartyId(caller.subject),
        asked.key,
        asked.body_hash,
        asked.product,
        asked.amount_minor,
        asked.tenor_months,
        asked.purpose,
        keys.hash64("device", asked.device),
        keys.hash64("ip", asked.address) if asked.address else 0,
        asked.declared,
        ApplicationId(ids.new(shard)),
        DecisionId(ids.new(shard)),
        runtime.entropy.bytes(SALT_BYTES),
        runtime.clock.now(),
        received_s,
    )
