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
from tongtu.channels.rest.parts import Parts
from tongtu.identity.api import Role
from tongtu.kernel.errors import NotReady
from tongtu.kernel.ids import DecisionId
from tongtu.origination.api import Replayed, replay
from tongtu.policy.api import Pack

POINT = "report.build"
# Of these every version has one. A model is none's where rules decide alone, a challenger where
# none scores beside.
_ALWAYS = ("pack", "rules", "book")


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
    rules_missed: tuple[str, ...]  # of the law for a report of a decision; empty when all hold
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
    return _shown(parts, await replay(parts.runtime, parts.decisions, identifier))


def report_facts(pack: Pack, found: Replayed) -> dict[str, object]:
    """Return what the law's rules may read of a report of a decision, off its own record."""
    record = found.record
    explained = record.decided.offers or record.decided.reasons
    return {
        "has_inputs": bool(record.case.request.declared and record.case.known),
        "has_versions": all(found.hashes.get(part) for part in _parts_of(found)),
        "has_explanation": bool(explained or record.decided.findings),
        "has_clock": record.decided_at.tzinfo is not None,
        "kept_months": pack.kept_months("decision"),
    }


def _parts_of(found: Replayed) -> tuple[str, ...]:
    """Return the parts that had a say in a decision: each has to be named by its hash."""
    case, decided = found.record.case, found.record.decided
    scored = () if case.known.rules_only else ("model",)
    beside = () if decided.challenger is None else ("challenger",)
    return (*_ALWAYS, *scored, *beside)


def _shown(parts: Parts, found: Replayed) -> DecisionReplayed:
    runtime, pack = parts.runtime, parts.pack
    record, public = found.record, runtime.public
    request, known, decided = record.case.request, record.case.known, record.decided
    fraud, facts = known.fraud, report_facts(pack, found)
    missed = pack.about(POINT, facts, record.business_date)
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
            "outside": [one._asdict() | {"values": dict(one.values)} for one in known.outside],
            **seen,
        },
        outcome=decided.outcome.value,
        points=decided.points,
        pd_ppm=decided.pd_ppm,
        band=decided.band,
        reasons=decided.reasons,
        findings=decided.findings,
        rules_fired=decided.rules_fired,
        rules_missed=tuple(one.rule for one in missed),
        challenger=None if decided.challenger is None else decided.challenger._asdict(),
        lenders=[*offers, *refusals],
    )


ROUTES = (replay_decision,)
