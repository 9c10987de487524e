"""GET /v1/decisions/{decision}/replay: decide again from the record and say what differs."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import msgspec
from litestar import get
from litestar.params import FromPath

from tongtu.channels.rest.auth import allow
from tongtu.channels.rest.given import GivenParts
from tongtu.channels.rest.ids import read_id
from tongtu.identity.api import Role
from tongtu.kernel.errors import NotReady
from tongtu.kernel.ids import DecisionId
from tongtu.origination.api import Replayed, replay
from tongtu.runtime.api import Runtime


class DecisionReplayed(msgspec.Struct, frozen=True, kw_only=True):
    """A decision with everything it was made from; `changed` names what does not come out again."""

    decision: str
    application: str
    party: str
    is_same: bool
    changed: tuple[str, ...]
    version: int
    hashes: dict[str, str]
    business_date: date
    decided_at: datetime
    decided_in_us: int
    inputs: dict[str, Any]
    known: dict[str, Any]
    outcome: str
    points: int
    pd_ppm: int
    band: int
    reasons: tuple[str, ...]
    findings: tuple[tuple[str, str, str], ...]
    rules_fired: tuple[str, ...]
    challenger: dict[str, Any] | None  # what the model beside the deciding one said
    lenders: list[dict[str, Any]]


@get(
    "/v1/decisions/{decision:str}/replay",
    opt=allow(Role.OPERATOR, Role.ANALYST, Role.REGULATOR),
)
async def replay_decision(decision: FromPath[str], parts: GivenParts) -> DecisionReplayed:
    """Decide again with the pack, model and rules of that time, and compare byte for byte."""
    identifier = DecisionId(read_id(parts, "decision", decision))
    if parts.decisions is None:
        raise NotReady("decisions can be replayed in a moment", retry_after_s=5)
    return _shown(parts.runtime, await replay(parts.runtime, parts.decisions, identifier))


def _shown(runtime: Runtime, found: Replayed) -> DecisionReplayed:
    record, public = found.record, runtime.public
    request, known, decided = record.case.request, record.case.known, record.decided
    fraud = known.fraud
    seen = {} if fraud is None else fraud._asdict() | {"signals": fraud.signals._asdict()}
    offers = [
        {"lender": one.lender, "program": one.program, "cost_minor": one.cost_minor}
        for one in decided.offers
    ]
    refusals = [{"lender": one.lender, "reason": one.reason} for one in decided.not_offered]
    return DecisionReplayed(
        decision=public.show("decision", found.decision),
        application=public.show("application", request.application),
        party=public.show("party", request.party),
        is_same=found.is_same,
        changed=found.changed,
        version=found.version,
        hashes=dict(found.hashes),
        business_date=record.business_date,
        decided_at=record.decided_at,
        decided_in_us=record.decided_in_us,
        inputs={
            "product": request.product,
            "amount_minor": request.amount_minor,
            "tenor_months": request.tenor_months,
            "purpose": request.purpose,
            **request.declared._asdict(),
        },
        known={
            "is_identified": known.is_identified,
            "adult_on": known.adult_on,
            "consent_mask": known.consent_mask,
            "exposure_minor": known.exposure_minor,
            "party_recent": known.party_recent,
            "device_recent": known.device_recent,
            "rules_only": known.rules_only,
            **seen,
        },
        outcome=decided.outcome.value,
        points=decided.points,
        pd_ppm=decided.pd_ppm,
        band=decided.band,
        reasons=decided.reasons,
        findings=decided.findings,
        rules_fired=decided.rules_fired,
        challenger=None if decided.challenger is None else decided.challenger._asdict(),
        lenders=[*offers, *refusals],
    )


ROUTES = (replay_decision,)
