"""Price experiments: proposed by one, approved by another, stopped by one; what they taught."""

from __future__ import annotations

import datetime as dt
import math
from typing import Annotated

import msgspec
from litestar import get, post
from litestar.params import FromPath, JSONBody

from tongtu.channels.rest.auth import allow, allow_write
from tongtu.channels.rest.body import StrictBody
from tongtu.channels.rest.given import GivenCaller, GivenCommand, GivenParts
from tongtu.channels.rest.ids import read_id
from tongtu.channels.rest.parts import Parts
from tongtu.channels.rest.proposals import ReasonGiven, Why, act_once
from tongtu.identity.api import Role
from tongtu.insight.api import (
    Arm,
    ArmReport,
    Experiment,
    Learnt,
    Plan,
    Share,
    approve_experiment,
    find_experiment,
    newest_experiments,
    prepare_experiment,
    propose_experiment,
    report_experiment,
    stop_experiment,
)
from tongtu.kernel.errors import NotReady
from tongtu.origination.api import DecisionLane
from tongtu.pricing.api import BAND_BPS_MAX, BLOCK_MINUTES_MIN, GRIDS_MAX, PPM, Estimate
from tongtu.runtime.api import Connection

_MAY_LOOK = allow(Role.OPERATOR, Role.ANALYST, Role.REGULATOR)
Name = Annotated[str, msgspec.Meta(pattern="^[a-z0-9_-]{1,40}$")]
Bps = Annotated[int, msgspec.Meta(ge=0, le=10_000)]
ByBand = tuple[Bps, Bps, Bps, Bps, Bps, Bps, Bps, Bps]
Weight = Annotated[int, msgspec.Meta(ge=1, le=PPM)]
Instant = Annotated[dt.datetime, msgspec.Meta(tz=True)]


class ArmGiven(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A grid below the published one, by how many basis points in each band from the safest."""

    name: Name
    lower_bps: ByBand


class ExperimentGiven(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """A plan. `looks_at`: what the price follows from; a person's own willingness never may."""

    name: Name
    why: Why
    lender: Name
    looks_at: Annotated[
        list[Annotated[str, msgspec.Meta(max_length=40)]], msgspec.Meta(min_length=1, max_length=16)
    ]
    arms: Annotated[list[ArmGiven], msgspec.Meta(min_length=1, max_length=GRIDS_MAX - 1)]
    weights_ppm: Annotated[list[Weight], msgspec.Meta(min_length=2, max_length=GRIDS_MAX)]
    block_minutes: Annotated[int, msgspec.Meta(ge=BLOCK_MINUTES_MIN, le=1_440)]
    starts_at: Instant
    ends_at: Instant
    band_bps: Annotated[int, msgspec.Meta(ge=1, le=BAND_BPS_MAX)]
    floor_bps: ByBand
    cases_max: Annotated[int, msgspec.Meta(ge=1, le=200_000)]
    loss_ppm_max: Weight
    least_chance_ppm: Annotated[int, msgspec.Meta(ge=0, le=PPM // 2)] = 0


class ExperimentProposed(msgspec.Struct, frozen=True):
    """What a second person has to approve within three days."""

    experiment: str
    approval: str


class ExperimentShown(msgspec.Struct, frozen=True, kw_only=True):
    """Where an experiment stands."""

    experiment: str
    name: str
    why: str
    lender: str
    state: str
    looks_at: list[str]
    arms: list[ArmGiven]
    weights_ppm: list[int]  # of the latest turn, the published grid first
    turns: int
    block_minutes: int
    starts_at: dt.datetime
    ends_at: dt.datetime
    band_bps: int
    stopped_at: dt.datetime | None
    stopped_why: str | None
    fault: str | None  # why it does not run in the process that answers, though it should


class ExperimentsShown(msgspec.Struct, frozen=True):
    """The hundred proposed last, newest first."""

    items: list[ExperimentShown]
    next: str | None


class IntervalShown(msgspec.Struct, frozen=True):
    """A figure with its 95 % interval; null bounds where there were too few blocks to tell."""

    value: float
    low: float | None
    high: float | None


class AcceptedShown(msgspec.Struct, frozen=True):
    """How many saw an offer of the lender, how many took it."""

    of: int
    taken: int
    low: float
    high: float


class ArmShown(msgspec.Struct, frozen=True, kw_only=True):
    """What a grid alone would earn a case, in fen a year above the stated cost."""

    name: str
    cases: int
    blocks: int
    accepted: AcceptedShown
    accepted_by_band: list[AcceptedShown]
    earned_minor: int
    ips: IntervalShown
    snips: IntervalShown
    doubly_robust: IntervalShown
    own: IntervalShown
    above_published: IntervalShown


class LearntShown(msgspec.Struct, frozen=True, kw_only=True):
    """What was learnt. Regrets in fen a year over all cases; below 0 it is a gain."""

    cases: int
    blocks: int
    best: str
    regret_to_best_minor: int
    regret_to_published_minor: int
    arms: list[ArmShown]


class ExperimentTold(msgspec.Struct, frozen=True):
    """An experiment with what it taught; null before its first case."""

    experiment: ExperimentShown
    learnt: LearntShown | None


@get("/v1/operations/price-experiments", opt=_MAY_LOOK)
async def list_experiments(parts: GivenParts) -> ExperimentsShown:
    """Return the latest experiments."""
    async with parts.runtime.database.reading() as connection:
        found = await newest_experiments(connection)
    return ExperimentsShown([_shown(parts, one) for one in found], None)


@get("/v1/operations/price-experiments/{experiment:str}", opt=_MAY_LOOK)
async def find_one_experiment(experiment: FromPath[str], parts: GivenParts) -> ExperimentTold:
    """Return an experiment and what it taught so far."""
    identifier, lane = read_id(parts, "experiment", experiment), _lane(parts)
    async with parts.runtime.database.reading() as connection:
        found = await find_experiment(connection, identifier)
    learnt, _ = await report_experiment(parts.runtime, lane, found)
    return ExperimentTold(_shown(parts, found), None if learnt is None else _learnt(learnt))


@post(
    "/v1/operations/price-experiments",
    status_code=201,
    opt=allow_write(Role.OPERATOR, Role.ANALYST),
    dto=StrictBody[ExperimentGiven],
    return_dto=None,
)
async def propose_one_experiment(
    data: JSONBody[ExperimentGiven], parts: GivenParts, caller: GivenCaller, command: GivenCommand
) -> ExperimentProposed:
    """Propose whole grids below the published one, to be tried by time block."""
    lane, show = _lane(parts), parts.runtime.public.show

    async def act(connection: Connection) -> ExperimentProposed:
        # In here, so that the same key gets its answer again when the plan's time has come.
        prepared = await prepare_experiment(parts.runtime, lane, _plan(data))
        made, approval = await propose_experiment(connection, parts.runtime, caller, prepared)
        return ExperimentProposed(show("experiment", made.id), show("approval", approval.id))

    by = caller, command
    return await act_once(parts, by, "propose_price_experiment", ExperimentProposed, act)


@post(
    "/v1/operations/price-experiment-proposals/{approval:str}/approval",
    status_code=201,
    opt=allow_write(Role.OPERATOR, Role.ANALYST),
)
async def approve_one_experiment(
    approval: FromPath[str], parts: GivenParts, caller: GivenCaller, command: GivenCommand
) -> ExperimentShown:
    """Approve what somebody else proposed: it runs from its first block on."""
    identifier = read_id(parts, "approval", approval)

    async def act(connection: Connection) -> ExperimentShown:
        made = await approve_experiment(connection, parts.runtime, caller, identifier)
        return _shown(parts, made)

    by = caller, command
    shown = await act_once(parts, by, "approve_price_experiment", ExperimentShown, act)
    await parts.on_experiments()
    return shown


@post(
    "/v1/operations/price-experiments/{experiment:str}/stop",
    status_code=201,
    opt=allow_write(Role.OPERATOR),
    dto=StrictBody[ReasonGiven],
    return_dto=None,
)
async def stop_one_experiment(
    experiment: FromPath[str],
    data: JSONBody[ReasonGiven],
    parts: GivenParts,
    caller: GivenCaller,
    command: GivenCommand,
) -> ExperimentShown:
    """Stop an experiment: when this answers, everybody decided here pays what is published."""
    identifier = read_id(parts, "experiment", experiment)

    async def act(connection: Connection) -> ExperimentShown:
        runtime = parts.runtime
        return _shown(
            parts, await stop_experiment(connection, runtime, caller, identifier, data.why)
        )

    by = caller, command
    shown = await act_once(parts, by, "stop_price_experiment", ExperimentShown, act)
    await parts.on_experiments()
    return shown


def _lane(parts: Parts) -> DecisionLane:
    if parts.decisions is None:
        raise NotReady("no model is trained yet", retry_after_s=5)
    return parts.decisions


def _plan(data: ExperimentGiven) -> Plan:
    return Plan(
        name=data.name,
        why=data.why,
        lender=data.lender,
        looks_at=tuple(data.looks_at),
        arms=tuple(Arm(one.name, one.lower_bps) for one in data.arms),
        weights_ppm=tuple(data.weights_ppm),
        block_minutes=data.block_minutes,
        starts_at=data.starts_at,
        ends_at=data.ends_at,
        band_bps=data.band_bps,
        floor_bps=data.floor_bps,
        cases_max=data.cases_max,
        loss_ppm_max=data.loss_ppm_max,
        least_chance_ppm=data.least_chance_ppm,
    )


def _shown(parts: Parts, one: Experiment) -> ExperimentShown:
    plan, turns = one.plan, one.schedule.turns
    return ExperimentShown(
        experiment=parts.runtime.public.show("experiment", one.id),
        name=plan.name,
        why=plan.why,
        lender=plan.lender,
        state=one.state(parts.runtime.clock.now()).value,
        looks_at=list(plan.looks_at),
        arms=[ArmGiven(arm.name, arm.lower_bps) for arm in plan.arms],
        weights_ppm=list(turns[-1].weights_ppm),
        turns=len(turns),
        block_minutes=plan.block_minutes,
        starts_at=plan.starts_at,
        ends_at=plan.ends_at,
        band_bps=plan.band_bps,
        stopped_at=one.stopped_at,
        stopped_why=one.stopped_why,
        fault=parts.experiment_fault(one.id) or None,
    )


def _learnt(found: Learnt) -> LearntShown:
    return LearntShown(
        cases=found.cases,
        blocks=found.blocks,
        best=found.arms[found.best].name,
        regret_to_best_minor=found.regret_to_best_minor,
        regret_to_published_minor=found.regret_to_published_minor,
        arms=[_arm(one) for one in found.arms],
    )


def _arm(one: ArmReport) -> ArmShown:
    return ArmShown(
        name=one.name,
        cases=one.cases,
        blocks=one.blocks,
        accepted=_accepted(one.accepted),
        accepted_by_band=[_accepted(share) for share in one.accepted_by_band],
        earned_minor=one.earned_minor,
        ips=_interval(one.ips),
        snips=_interval(one.snips),
        doubly_robust=_interval(one.doubly_robust),
        own=_interval(one.own),
        above_published=_interval(one.above_published),
    )


def _accepted(one: Share) -> AcceptedShown:
    return AcceptedShown(one.of, one.yes, round(one.low, 4), round(one.high, 4))


def _interval(one: Estimate) -> IntervalShown:
    low, high = (round(end, 2) if math.isfinite(end) else None for end in (one.low, one.high))
    return IntervalShown(round(one.value, 2), low, high)


ROUTES = (
    list_experiments,
    find_one_experiment,
    propose_one_experiment,
    approve_one_experiment,
    stop_one_experiment,
)
