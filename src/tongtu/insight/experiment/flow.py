"""A price experiment from its proposal to its end: two persons begin it, one ends it at once."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import msgspec

from tongtu.funding.api import GRID_COLUMNS, read_grid_rows
from tongtu.identity.api import Approval, Caller, Proposal, Role, allow, propose
from tongtu.insight.experiment import store
from tongtu.insight.experiment.model import (
    BLOCKS_PER_ARM_MIN,
    CASES_MAX,
    DAYS_MAX,
    LEAD,
    Arm,
    Experiment,
    Plan,
)
from tongtu.kernel.errors import BadInput, Conflict, NotAllowed
from tongtu.origination.api import PRICE_GRID, DecisionLane, restore_engine, rule_of
from tongtu.pricing.api import (
    PPM,
    BadGrid,
    Limits,
    Row,
    check_arm,
    check_features,
    check_schedule,
    lower_rows,
)
from tongtu.runtime.api import Connection, Runtime

RUN = "insight.price_experiment"
_PROPOSERS = frozenset({Role.OPERATOR, Role.ANALYST})


@dataclass(frozen=True, slots=True)
class Prepared:
    """A plan whose grids were made, proved by the engine's golden cases, and kept as text."""

    plan: Plan
    published_sha256: bytes
    grids: tuple[str, ...]


async def prepare_experiment(runtime: Runtime, lane: DecisionLane, plan: Plan) -> Prepared:
    """Make and prove the grids of a plan; nothing is written. It takes a second for each.

    Raises:
        ForbiddenFeature: a price was to follow from what may make none (PRICE-07).
        BadInput: `no_such_lender`; `bad_experiment`: times, bounds, chances, or a grid that is
            raised, falls with risk, lies below its cost or below the approved band.
    """
    check_features(frozenset(plan.looks_at))
    engine = lane.engine
    lender = next((one for one in engine.book.lenders if one.id == plan.lender), None)
    if lender is None:
        raise BadInput("no lender of the price grid has this name", code="no_such_lender")
    _check_plan(plan, runtime.clock.now())
    published = rule_of(engine, PRICE_GRID)
    rows = tuple(Row(*one) for one in read_grid_rows(published))
    programs = {int(program.id) for program in lender.programs}
    limits = Limits(plan.band_bps, plan.floor_bps)
    try:
        check_schedule(store.schedule_of(plan.name, plan), len(plan.arms) + 1)
        grids = [_grid(rows, programs, arm, limits) for arm in plan.arms]
    except BadGrid as off:
        raise BadInput(off.detail, code="bad_experiment") from off
    for grid in grids:
        sources = engine.version.sources
        await asyncio.to_thread(restore_engine, sources, runtime.public, None, {PRICE_GRID: grid})
    return Prepared(plan, hashlib.sha256(published.encode()).digest(), tuple(grids))


async def propose_experiment(
    connection: Connection, runtime: Runtime, caller: Caller, prepared: Prepared
) -> tuple[Experiment, Approval]:
    """Propose an experiment: a second person approves the very grids, or refuses.

    Raises:
        NotAllowed: neither operator nor analyst.
    """
    if caller.role not in _PROPOSERS:
        raise NotAllowed("your role may not do this")
    number, plan = runtime.ids.new(0), prepared.plan
    made = Experiment(
        id=number,
        plan=plan,
        published_sha256=prepared.published_sha256,
        grids=prepared.grids,
        schedule=store.schedule_of(str(number), plan),
        proposed_by=caller.subject,
        proposed_at=runtime.clock.now(),
        approval=None,
        approved_at=None,
        stopped_at=None,
        stopped_by=None,
        stopped_why=None,
    )
    await store.insert(connection, made)
    proposal = Proposal(RUN, 0, _body(made))
    return made, await propose(connection, runtime, caller, proposal)


async def approve_experiment(
    connection: Connection, runtime: Runtime, caller: Caller, approval: int
) -> Experiment:
    """Approve what another person proposed: it runs when its first block begins.

    Raises:
        NotFound, NotAllowed: no such proposal; one's own; a role that may not decide.
        Conflict: decided already; `not_approved`: plan or grids are not those that were proposed;
            `experiment_too_late`: its time is too near for every process to
            be ready; `experiment_overlaps`: another has a part of its time or is
            too near to it.
    """
    allowed = await allow(connection, runtime, caller, approval, RUN)
    number = msgspec.json.decode(allowed.body, type=tuple[int, str] | int)
    found = await store.find(connection, number if isinstance(number, int) else number[0])
    if _body(found) != allowed.body:
        raise Conflict("it is not what was proposed; propose it anew", code="not_approved")
    at = runtime.clock.now()
    if found.plan.starts_at < at + LEAD:
        raise Conflict("its time is too near; propose it anew", code="experiment_too_late")
    await store.approve(connection, found.id, approval, at)
    return replace(found, approval=approval, approved_at=at)


async def stop_experiment(
    connection: Connection, runtime: Runtime, caller: Caller, experiment: int, why: str
) -> Experiment:
    """End an experiment at once: the published grid is everybody's price again.

    Raises:
        NotAllowed: no operator.
        NotFound: no such experiment.
        Conflict: `experiment_over`: it was never approved, or has ended.
    """
    if caller.role is not Role.OPERATOR:
        raise NotAllowed("your role may not do this")
    found = await store.find(connection, experiment)
    if not await store.stop(connection, experiment, (caller.subject, why), runtime.clock.now()):
        raise Conflict("this experiment does not run", code="experiment_over")
    return await store.find(connection, found.id)


def _body(made: Experiment) -> bytes:
    """Return what a second person approves: the experiment, by the hash of its plan and grids."""
    content = msgspec.json.encode([made.plan, made.published_sha256, made.grids])
    return msgspec.json.encode([made.id, hashlib.sha256(content).hexdigest()])


def _check_plan(plan: Plan, now: datetime) -> None:
    blocks = (plan.ends_at - plan.starts_at) // timedelta(minutes=max(1, plan.block_minutes))
    arms = len(plan.arms) + 1
    names = {arm.name for arm in plan.arms}
    is_sound = (
        now + LEAD <= plan.starts_at < plan.ends_at <= plan.starts_at + timedelta(days=DAYS_MAX)
        and blocks >= BLOCKS_PER_ARM_MIN * arms
        and len(names) == len(plan.arms)
        and all(any(arm.lower_bps) and min(arm.lower_bps) >= 0 for arm in plan.arms)
        and 1 <= plan.cases_max <= CASES_MAX
        and 0 < plan.loss_ppm_max <= PPM
        and 0 <= plan.least_chance_ppm * arms < PPM
        and min(plan.floor_bps) >= 0
    )
    if not is_sound:
        raise BadInput(
            "its time, arms, stop rule or least chance is out of bounds", code="bad_experiment"
        )


def _grid(rows: tuple[Row, ...], programs: Collection[int], arm: Arm, limits: Limits) -> str:
    """Return the whole grid of an arm as its file. Raises BadGrid."""
    lower = lower_rows(rows, programs, arm.lower_bps)
    check_arm(rows, lower, limits)
    if lower == rows:
        raise BadGrid(f"arm {arm.name} prices nobody otherwise than what is published")
    lines = [",".join(GRID_COLUMNS), *(",".join(map(str, row)) for row in lower)]
    return "\n".join(lines) + "\n"
