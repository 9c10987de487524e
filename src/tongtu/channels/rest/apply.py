"""What an application must look like, and its way into the decision lane: one for both doors."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from tongtu.channels.rest.body import Shape
from tongtu.channels.rest.command import command_key
from tongtu.channels.rest.parts import Parts
from tongtu.identity.api import Caller, Role
from tongtu.kernel.errors import NotReady
from tongtu.kernel.ids import ApplicationId, DecisionId, PartyId, id_shard
from tongtu.origination.api import ApplyRequest, Declared

PATH = "/v1/applications"
BORROWERS = frozenset({Role.BORROWER})
# One hundred million yuan: far above any statement of a person, far below int8.
STATED_MINOR_MAX = 10**10
SALT_BYTES = 16
_MODEL_RETRY_S = 5

Stated = Annotated[int, msgspec.Meta(ge=0, le=STATED_MINOR_MAX)]
Word = Annotated[str, msgspec.Meta(pattern="^[a-z0-9_]{1,40}$")]


class FactsStated(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What the person says of themselves; null means "did not say", never zero."""

    income_minor: Stated | None
    expenses_minor: Stated
    assets_minor: Stated | None
    debt_minor: Stated | None
    price_minor: Stated
    seniority_years: Annotated[int, msgspec.Meta(ge=0, le=70)]
    home: Literal["unknown", "owner", "rent", "parents", "private", "other"]
    job: Literal["unknown", "fixed", "freelance", "part_time", "other"]
    records: bool


class ApplicationAsked(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """An application for a loan."""

    product: Word
    amount_minor: Annotated[int, msgspec.Meta(ge=1, le=STATED_MINOR_MAX)]
    tenor_months: Annotated[int, msgspec.Meta(ge=1, le=120)]
    purpose: Word
    device: Annotated[str, msgspec.Meta(pattern="^[A-Za-z0-9_.-]{1,64}$")]
    facts: FactsStated


APPLICATION = Shape(ApplicationAsked)


async def decide(
    parts: Parts, caller: Caller, key: str, asked: ApplicationAsked, body: bytes
) -> bytes:
    """Send an application through the decision lane and return its answer's bytes.

    Raises:
        NotReady: no model is trained yet.
        KeyReused: the key came with another body before.
        Overloaded, DeadlinePassed: the lane is full, or too slow; the same key asks again.
    """
    lane = parts.decisions
    if lane is None:
        raise NotReady(
            "the scorecard is being trained; please try again", retry_after_s=_MODEL_RETRY_S
        )
    runtime, facts = parts.runtime, asked.facts
    shard = id_shard(caller.subject)
    request = ApplyRequest(
        caller=caller.subject,
        party=PartyId(caller.subject),
        key=key,
        body_hash=command_key(runtime.keys, key, PATH, body).body_hash,
        product=asked.product,
        amount_minor=asked.amount_minor,
        tenor_months=asked.tenor_months,
        purpose=asked.purpose,
        device_hash=runtime.keys.hash64("device", asked.device),
        declared=Declared(
            income_minor=facts.income_minor,
            expenses_minor=facts.expenses_minor,
            assets_minor=facts.assets_minor,
            debt_minor=facts.debt_minor,
            price_minor=facts.price_minor,
            seniority_years=facts.seniority_years,
            home=facts.home,
            job=facts.job,
            records=facts.records,
        ),
        application=ApplicationId(runtime.ids.new(shard)),
        decision=DecisionId(runtime.ids.new(shard)),
        salt=runtime.entropy.bytes(SALT_BYTES),
        submitted_at=runtime.clock.now(),
        received_s=runtime.clock.monotonic_s(),
    )
    answer = await lane.submit(request)
    parts.live.decided(runtime.clock.monotonic_s() - request.received_s)
    return answer.body
