"""What a price experiment taught: acceptance by arm, what each grid earns, what trying cost. Pure.

Floats: estimates, from which no amount that anybody owes is made. A decision is a case; what it
earned is the yearly interest above the stated cost of its band, where the lender's offer was taken.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from tongtu.insight.experiment.model import JUDGED_FROM_BLOCKS, Plan
from tongtu.kernel.ids import ProgramId
from tongtu.kernel.rate import BPS_PER_ONE
from tongtu.origination.api import TriedCase
from tongtu.pricing.api import GRIDS_MAX, PPM, Estimate, Log, by_block, doubly_robust, ips, snips

_Z = 1.96
BANDS = 8


class Share(NamedTuple):
    """A share with its 95 % interval (Wilson), of so many."""

    of: int
    yes: int
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class ArmReport:
    """One arm: what was shown and taken, and what it alone would earn a case, in fen a year."""

    name: str
    cases: int
    blocks: int
    accepted: Share  # of the cases that saw an offer of the lender
    accepted_by_band: tuple[Share, ...]
    earned_minor: int
    ips: Estimate
    snips: Estimate
    doubly_robust: Estimate
    own: Estimate
    above_published: Estimate  # by our own estimate


@dataclass(frozen=True, slots=True)
class Learnt:
    """The whole report. Regrets are sums over all cases, in fen a year; below 0 is a gain."""

    cases: int
    blocks: int
    arms: tuple[ArmReport, ...]
    best: int  # the arm with the largest own estimate
    regret_to_best_minor: int
    regret_to_published_minor: int


def learn(plan: Plan, programs: Collection[ProgramId], cases: Sequence[TriedCase]) -> Learnt | None:
    """Return what was learnt of these cases; None before the first."""
    if not cases:
        return None
    names = ("published", *(arm.name for arm in plan.arms))
    log = log_of(plan, programs, cases)
    assert log.cluster is not None
    values, above = by_block(log, len(names))
    arms = tuple(
        _arm(name, log, (arm, values[arm], above[arm]), (plan, programs, cases))
        for arm, name in enumerate(names)
    )
    shown = [arm for arm, one in enumerate(values) if math.isfinite(one.high)]
    best = max(shown, key=lambda arm: values[arm].value, default=0)
    earned = float(log.reward.sum())
    return Learnt(
        cases=len(cases),
        blocks=int(log.cluster.max()) + 1,
        arms=arms,
        best=best,
        regret_to_best_minor=round(len(cases) * values[best].value - earned),
        regret_to_published_minor=round(len(cases) * values[0].value - earned),
    )


def log_of(plan: Plan, programs: Collection[ProgramId], cases: Sequence[TriedCase]) -> Log:
    """Return the cases as columns; what was earned of each in fen a year."""
    blocks = np.array([one.tried.block for one in cases], np.int64)
    return Log(
        context=np.array([min(one.band, BANDS - 1) for one in cases], np.int64),
        arm=np.array([one.tried.arm for one in cases], np.int64),
        propensity=np.array([one.tried.propensity_ppm for one in cases], np.float64) / PPM,
        reward=np.array([earned_minor(plan, programs, one) for one in cases], np.float64),
        cluster=np.unique(blocks, return_inverse=True)[1].astype(np.int64),
    )


def earned_minor(plan: Plan, programs: Collection[ProgramId], case: TriedCase) -> int:
    """Return what a case earns a year above its band's cost; 0: none of these offers was taken."""
    offer = case.taken
    if offer is None or offer.program not in programs:
        return 0
    above_bps = offer.rate_bps - plan.floor_bps[min(case.band, BANDS - 1)]
    return offer.amount_minor * above_bps // BPS_PER_ONE


def breach(plan: Plan, found: Learnt | None) -> str | None:
    """Return why the stop rule ends the experiment; None: it goes on.

    An arm is only judged after enough blocks, and only when its whole interval lies below the line.
    """
    if found is None:
        return None
    if found.cases >= plan.cases_max:
        return f"{plan.cases_max} cases were decided, as planned"
    published = found.arms[0].own.value
    line = -published * plan.loss_ppm_max / PPM
    for arm in found.arms[1:]:
        enough = min(arm.blocks, found.arms[0].blocks) >= JUDGED_FROM_BLOCKS
        if enough and published > 0 and arm.above_published.high < line:
            return f"arm {arm.name} surely earns less than the published grid by the line set"
    return None


def share(of: int, yes: int) -> Share:
    """Return a share with Wilson's interval, which holds for few and for none."""
    if not of:
        return Share(0, 0, 0.0, 1.0)
    rate, spread = yes / of, _Z * _Z / of
    middle = (rate + spread / 2) / (1 + spread)
    half = _Z * math.sqrt(rate * (1 - rate) / of + spread / (4 * of)) / (1 + spread)
    return Share(of, yes, max(0.0, middle - half), min(1.0, middle + half))


def _arm(
    name: str,
    log: Log,
    own: tuple[int, Estimate, Estimate],
    seen: tuple[Plan, Collection[ProgramId], Sequence[TriedCase]],
) -> ArmReport:
    arm, value, above = own
    plan, programs, cases = seen
    mine = [one for one in cases if one.tried.arm == arm]
    offered = [one for one in mine if any(offer.program in programs for offer in one.offers)]
    taken = [one for one in offered if one.taken is not None and one.taken.program in programs]
    only = np.zeros((BANDS, GRIDS_MAX))
    only[:, arm] = 1.0
    is_shown = bool(mine)
    never = Estimate(0.0, -math.inf, math.inf, 0.0)
    return ArmReport(
        name=name,
        cases=len(mine),
        blocks=len({one.tried.block for one in mine}),
        accepted=share(len(offered), len(taken)),
        accepted_by_band=tuple(
            share(sum(one.band == band for one in offered), sum(one.band == band for one in taken))
            for band in range(BANDS)
        ),
        earned_minor=sum(earned_minor(plan, programs, one) for one in mine),
        ips=ips(log, only) if is_shown else never,
        snips=snips(log, only) if is_shown else never,
        doubly_robust=doubly_robust(log, only) if is_shown else never,
        own=value,
        above_published=above,
    )
