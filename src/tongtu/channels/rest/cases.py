"""Applications and recorded decisions as staff look into them: list, record, what would help."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Annotated, Any, Literal

import msgspec
from litestar import get
from litestar.params import FromPath, QueryParameter

from tongtu.channels.rest.applications import AdviceShown, ChangeShown, StepShown
from tongtu.channels.rest.auth import allow
from tongtu.channels.rest.given import GivenParts
from tongtu.channels.rest.ids import AFTER, LIMIT, After, Limit, read_after, read_id
from tongtu.channels.rest.parts import Parts
from tongtu.identity.api import Role
from tongtu.kernel.errors import NotReady
from tongtu.kernel.ids import DecisionId
from tongtu.origination.api import (
    NEWEST,
    DecisionLane,
    Head,
    HeadsWanted,
    Told,
    find_told,
    list_heads,
)
from tongtu.process.api import find_many, history
from tongtu.runtime.api import Connection

_WATCH = allow(Role.OPERATOR, Role.ANALYST, Role.REGULATOR)
Answered = Annotated[
    Literal["offers", "declined", "review"] | None,
    QueryParameter(description="only those whose decision in force says so"),
]
OfProduct = Annotated[str | None, QueryParameter(max_length=40, description="only of this product")]


class CaseHead(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the list: nothing the person said of themselves stands in it."""

    application: str
    decision: str
    product: str
    amount_minor: int
    tenor_months: int
    outcome: str
    step: str
    points: int
    band: int
    is_by_person: bool
    is_taken: bool
    business_date: dt.date
    submitted_at: dt.datetime


class CasesShown(msgspec.Struct, frozen=True):
    """A page of applications, newest first."""

    items: list[CaseHead]
    next: str | None


class FindingShown(msgspec.Struct, frozen=True):
    """A rule of the law or of the house that spoke; its words where the pack in use has them."""

    rule: str
    severity: str
    code: str
    text_zh: str | None
    text_en: str | None


class ScoredShown(msgspec.Struct, frozen=True):
    """What a model said: points (more is safer), probability of default, band 0 to 7."""

    points: int
    pd_ppm: int
    band: int


class RulingShown(msgspec.Struct, frozen=True):
    """What a person decided of the case, on which grounds."""

    said: str
    codes: list[str]
    by: str
    machine: str


class DecisionRecorded(msgspec.Struct, frozen=True, kw_only=True):
    """A decision as it was recorded; `answer` is what the person was told, word for word."""

    decision: str
    application: str
    version: int
    hashes: dict[str, str]
    business_date: dt.date
    submitted_at: dt.datetime
    decided_at: dt.datetime
    decided_in_us: int
    step: str
    history: list[StepShown]
    product: str
    amount_minor: int
    tenor_months: int
    purpose: str
    declared: dict[str, Any]
    known: dict[str, Any]
    outcome: str
    score: ScoredShown | None  # null: the models were stopped, no score was made
    challenger: ScoredShown | None
    findings: list[FindingShown]
    rules_fired: list[str]
    ruling: RulingShown | None
    answer: dict[str, Any]


@get("/v1/operations/applications", opt=_WATCH)
async def list_cases(
    parts: GivenParts,
    outcome: Answered = None,
    product: OfProduct = None,
    limit: Limit = LIMIT,
    after: After = AFTER,
) -> CasesShown:
    """Return everybody's applications, newest first."""
    before = read_after(parts, "application", after) or NEWEST
    wanted = HeadsWanted(before, outcome, product, limit + 1)
    async with parts.runtime.database.reading() as connection:
        found = await list_heads(connection, parts.runtime, wanted)
        steps = await _steps(connection, found[:limit])
    items = [_head(parts, one, steps.get(one.id, "")) for one in found[:limit]]
    return CasesShown(items, items[-1].application if len(found) > limit else None)


@get("/v1/decisions/{decision:str}", opt=_WATCH)
async def find_decision_record(decision: FromPath[str], parts: GivenParts) -> DecisionRecorded:
    """Return what was decided, on what, by which version: read from the record, not made again."""
    identifier = DecisionId(read_id(parts, "decision", decision))
    runtime, lane = parts.runtime, _lane(parts)
    async with runtime.database.reading() as connection:
        told = await find_told(connection, runtime, lane.versions, identifier)
        application = told.record.case.request.application
        taken = await history(connection, runtime.cell(application), application)
    return _recorded(parts, told, [StepShown(one.step, one.at) for one in taken])


@get("/v1/decisions/{decision:str}/advice", opt=_WATCH)
async def advise_decision(decision: FromPath[str], parts: GivenParts) -> AdviceShown:
    """Return the smallest allowed change that would have got offers, decided before it is said."""
    identifier, lane = DecisionId(read_id(parts, "decision", decision)), _lane(parts)
    async with parts.runtime.database.reading() as connection:
        told = await find_told(connection, parts.runtime, lane.versions, identifier)
    application = parts.runtime.public.show("application", told.record.case.request.application)
    found = await lane.counsel.find_advice(identifier)
    if found is None:
        return AdviceShown(application, [], 0, None)
    offers = found.decided.offers
    changes = [ChangeShown(one.field, one.now, one.then) for one in found.changes]
    return AdviceShown(application, changes, len(offers), offers[0].total_minor)


async def _steps(connection: Connection, heads: Sequence[Head]) -> dict[int, str]:
    by_cell: dict[int, list[int]] = {}
    for one in heads:
        by_cell.setdefault(one.cell, []).append(one.id)
    found: dict[int, str] = {}
    for cell, ids in by_cell.items():
        found |= {n: case.step for n, case in (await find_many(connection, cell, ids)).items()}
    return found


def _lane(parts: Parts) -> DecisionLane:
    if parts.decisions is None:
        raise NotReady("decisions can be read in a moment", retry_after_s=5)
    return parts.decisions


def _head(parts: Parts, head: Head, step: str) -> CaseHead:
    show = parts.runtime.public.show
    return CaseHead(
        application=show("application", head.id),
        decision=show("decision", head.decision),
        product=head.product,
        amount_minor=head.amount_minor,
        tenor_months=head.tenor_months,
        outcome=head.outcome.value,
        step=step or head.outcome.value,
        points=head.points,
        band=head.band,
        is_by_person=head.is_by_person,
        is_taken=head.is_taken,
        business_date=head.business_date,
        submitted_at=head.submitted_at,
    )


def _recorded(parts: Parts, told: Told, taken: list[StepShown]) -> DecisionRecorded:
    record, show = told.record, parts.runtime.public.show
    request, known, decided = record.case.request, record.case.known, record.decided
    beside, ruling = decided.challenger, known.ruling
    scored = ScoredShown(decided.points, decided.pd_ppm, decided.band)
    return DecisionRecorded(
        decision=show("decision", told.decision),
        application=show("application", request.application),
        version=told.version,
        hashes=dict(told.hashes),
        business_date=record.business_date,
        submitted_at=request.submitted_at,
        decided_at=record.decided_at,
        decided_in_us=record.decided_in_us,
        step=taken[-1].step if taken else decided.outcome.value,
        history=taken,
        product=request.product,
        amount_minor=request.amount_minor,
        tenor_months=request.tenor_months,
        purpose=request.purpose,
        declared=request.declared._asdict(),
        known={
            "is_identified": known.is_identified,
            "exposure_minor": known.exposure_minor,
            "party_recent": known.party_recent,
            "device_recent": known.device_recent,
            "outside": [one.source for one in known.outside],
        },
        outcome=decided.outcome.value,
        score=None if known.rules_only else scored,
        challenger=None if beside is None else ScoredShown(*beside[:3]),
        findings=[_finding(parts, *one) for one in decided.findings],
        rules_fired=list(decided.rules_fired),
        ruling=None
        if ruling is None
        else RulingShown(
            ruling.said.value,
            list(ruling.codes),
            show("staff", ruling.by),
            show("decision", ruling.machine),
        ),
        answer=msgspec.json.decode(told.answer),
    )


def _finding(parts: Parts, rule: str, severity: str, code: str) -> FindingShown:
    # A pack of another time may have known codes that today's does not.
    text = parts.all_laws.reason if code in parts.all_laws.reason_codes else None
    zh, en = (text(code, "zh"), text(code, "en")) if text else (None, None)
    return FindingShown(rule, severity, code, zh, en)


ROUTES = (list_cases, find_decision_record, advise_decision)
