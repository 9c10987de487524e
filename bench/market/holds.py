"""`PYTHONPATH=src python -m bench.market.holds`: what it costs to hold money while people think.

The same made-up market, played by the second: who comes sees whoever is eligible and has the money,
thinks some minutes, and takes one offer or none. Three ways to treat the list while they think:

    cheapest  the first OFFERS_HELD of the list, which is the cheapest, hold it until another is
              taken, or the day ends; taking another looks again (the platform's way)
    all       each shown offer holds its amount (the platform's way of before)
    none      nothing is held; taking looks again

Looking again may find the offer gone: then the person is shown who is left and takes the cheapest.
Told are, of those who want money and whom somebody takes: the share that got it, how many offers of
a list were shown of those eligible, how often a choice was gone. No budget is ever passed.
"""

from __future__ import annotations

import argparse
import heapq
from dataclasses import dataclass

import numpy as np

from tongtu.insight.api import lay_out
from tongtu.origination.api import OFFERS_HELD
from tongtu.simulators.api import market

WAYS = ("cheapest", "all", "none")
# Made up, and said so: most take what stands first, and think between one and twenty minutes.
FIRST_CHOICE = 0.8
THINKS_S = (60, 1_200)


@dataclass(slots=True)
class Told:
    """Counts of one play."""

    wanted: int = 0
    served: int = 0
    gone: int = 0
    shown: int = 0
    eligible: int = 0
    unseen: int = 0  # who wanted money and was shown nobody
    lent_minor: float = 0.0


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--arrivals", type=int, default=20_000)
    parser.add_argument("--accept", type=float, nargs="*", default=(0.3, 0.6, 0.9))
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    played = lay_out(market(given.seed, given.arrivals))
    print("accept  way        served  lent (first=1)  offers shown/eligible  nobody shown    gone")
    for accept in given.accept:
        first = None
        for way in WAYS:
            told = play(played, way, accept, given.seed)
            first = first or told.lent_minor
            print(
                f"  {accept:.2f}  {way:<9} {told.served / told.wanted:7.4f}"
                f" {told.lent_minor / first:15.4f} {told.shown / told.eligible:22.4f}"
                f" {told.unseen / told.wanted:13.4f} {told.gone / told.wanted:7.4f}",
                flush=True,
            )


def play(played, way, accept, seed) -> Told:
    """Play every day; draws are the same for each way, so that ways alone differ."""
    cases, draw = played.cases, np.random.default_rng(seed)
    n = len(played.day)
    wants, first = draw.random(n) < accept, draw.random(n) < FIRST_CHOICE
    thinks, other = draw.integers(*THINKS_S, n), draw.random(n)
    lenders = cases.is_eligible.shape[1]
    left_of = played.limit[: 2 * lenders].reshape(2, lenders).copy()  # of the day, of the month
    told = Told()
    for day in range(played.days):
        left_of[0] = played.limit[:lenders]
        today = np.flatnonzero(played.day == day)
        waiting: list[tuple[int, int, np.ndarray, np.ndarray]] = []
        idle = np.zeros(lenders)  # held by those who take nothing, until the day ends
        for case in today.tolist():
            now = int(played.second[case])
            while waiting and waiting[0][0] <= now:
                _choose(cases, left_of, heapq.heappop(waiting), (first, other), told)
            amount = float(cases.amount_minor[case])
            open_ = cases.is_eligible[case] & (left_of.min(axis=0) >= amount)
            told.shown += int(open_.sum())
            told.eligible += int(cases.is_eligible[case].sum())
            if wants[case] and cases.is_eligible[case].any():
                told.wanted += 1
                told.unseen += not open_.any()
            if not open_.any():
                continue
            held = _held(way, open_, cases.cost_ppm[case])
            left_of -= held * amount
            if wants[case]:
                heapq.heappush(waiting, (now + int(thinks[case]), case, open_, held))
            else:
                idle += held * amount
        while waiting:
            _choose(cases, left_of, heapq.heappop(waiting), (first, other), told)
        left_of += idle  # the month has again what its day only held
        assert left_of.min() >= 0, "a budget was passed"
    return told


def _held(way, open_, cost):
    if way == "all":
        return open_.astype(float)
    held = np.zeros(len(open_))
    if way == "cheapest":
        dearness = np.where(open_, cost, np.iinfo(np.int64).max)
        held[np.argsort(dearness, kind="stable")[:OFFERS_HELD]] = 1.0
    return held * open_


def _choose(cases, left_of, waits, draws, told) -> None:
    """Let one person take an offer of their list, or the cheapest of those left if it is gone."""
    _, case, open_, held = waits
    first, other = draws
    amount, cost = float(cases.amount_minor[case]), cases.cost_ppm[case]
    ranked = np.flatnonzero(open_)[np.argsort(cost[open_], kind="stable")]
    place = 0 if first[case] else int(other[case] * len(ranked))
    wish = int(ranked[place])
    left_of += held * amount
    if left_of[:, wish].min() < amount:
        told.gone += 1
        now = cases.is_eligible[case] & (left_of.min(axis=0) >= amount)
        if not now.any():
            return
        wish = int(np.where(now, cost, np.iinfo(np.int64).max).argmin())
    left_of[:, wish] -= amount
    told.served += 1
    told.lent_minor += amount


if __name__ == "__main__":
    main()
