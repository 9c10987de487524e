"""`PYTHONPATH=src python -m bench.pricing`: what trying prices costs and teaches, on known truth.

Who accepts which price is made up (`simulators/market/willing.py`; what makes prices may not import
it), so everything here is simulated and the truth is known. Prints the regret of learning beside
random, fixed price and oracle; how often each estimate's 95 % interval holds the truth, by block
and by case; and whether any of many prices crossed its cap, fell with risk or was raised by being
tried. vowpalwabbit, where it is installed, plays the same blocks: it is an oracle, no dependency.
Exit 1 when a line that must hold does not. Figures do not depend on the machine.
"""

from __future__ import annotations

import argparse
import random
import sys
from dataclasses import dataclass

import numpy as np

from tongtu.funding.api import load_book, read_grid_rows
from tongtu.pricing.api import (
    BAND_BPS_MAX,
    BadGrid,
    Cost,
    GridLearner,
    Limits,
    Log,
    Row,
    Steps,
    by_block,
    check_arm,
    doubly_robust,
    floor_ppm,
    ips,
    lower_rows,
    price,
    snips,
)
from tongtu.simulators.api import Truth
from tongtu.tables.api import rules_root

try:  # an oracle for those who installed it: the platform never needs it
    from vowpalwabbit import pyvw
except ImportError:
    pyvw = None

PD = (4_000, 8_000, 14_000, 22_000, 35_000, 55_000, 85_000, 130_000)
STEPS = Steps(300, 2_400, 10)
COST = Cost(28_000, 650_000, 6_000)
TRUTH = Truth(PD, tuple(700 + 160 * band for band in range(8)))
WEIGHTS = np.array([13, 17, 19, 17, 13, 10, 7, 4]) / 100
EAGER = 0.3
# The published grid first; what is tried lies below it.
MARGINS_PPM = (140_000, 100_000, 70_000, 45_000, 20_000)
GRIDS = [price(f"margin {m / 10_000:.1f} %", COST, PD, m, STEPS) for m in MARGINS_PPM]
RATES = np.array([grid.rate_bps for grid in GRIDS])
REAL = np.array([TRUTH.mean_reward(WEIGHTS, np.array(g.rate_bps), EAGER) for g in GRIDS])
LEAST = 0.02
CASES = 120


@dataclass
class Learner:
    """Our own: Thompson draws over grids, a block at a time."""

    name = "learnt (ours)"

    def __init__(self, draw):
        self.draw, self.own = draw, GridLearner(len(GRIDS), LEAST, 0.01)

    def choose(self):
        return int(self.draw.choice(len(GRIDS), p=self.own.chances(self.draw)))

    def learn(self, arm, reward, _):
        self.own.learn(arm, reward)


class ByVw:
    """vowpalwabbit's contextual bandit, with nothing of a person to look at."""

    name = "learnt (vowpalwabbit)"

    def __init__(self, draw):
        self.draw, self.chance = draw, 1.0
        self.vw = pyvw.Workspace("--cb_explore_adf --epsilon 0.1 --quiet --random_seed 7")
        self.lines = ["shared |"] + [f"| grid_{n}" for n in range(len(GRIDS))]

    def choose(self):
        chances = np.array(self.vw.predict(self.lines))
        arm = int(self.draw.choice(len(GRIDS), p=chances / chances.sum()))
        self.chance = float(chances[arm])
        return arm

    def learn(self, arm, reward, _):
        label = f"0:{-reward * 100}:{self.chance}"  # a cost, in percent
        lines = [f"{label} {line}" if n == arm + 1 else line for n, line in enumerate(self.lines)]
        self.vw.learn(lines)


class Fixed:
    """One grid for ever."""

    def __init__(self, name, arm):
        self.name, self.arm = name, arm

    def __call__(self, _):
        return self

    def choose(self):
        return self.arm

    def learn(self, arm, reward, _):
        pass


class AtRandom(Fixed):
    """Every grid alike."""

    def __init__(self):
        super().__init__("random", 0)

    def __call__(self, draw):
        made = AtRandom()
        made.draw = draw
        return made

    def choose(self):
        return int(self.draw.integers(len(GRIDS)))


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--blocks", type=int, default=400)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--logs", type=int, default=100)
    parser.add_argument("--prices", type=int, default=100_000)
    arguments = parser.parse_args()
    held = [
        regrets(arguments.blocks, arguments.seeds),
        estimates(arguments.logs),
        bounds(arguments.prices),
    ]
    print("every line that must hold holds" if all(held) else "A LINE THAT MUST HOLD DOES NOT")
    return 0 if all(held) else 1


def regrets(blocks, seeds) -> bool:
    """Print what each way lost to the best grid, in percent of what the best grid earns."""
    print(f"simulated acceptance; {len(GRIDS)} grids, {blocks} blocks of {CASES}, {seeds} seeds")
    for grid, real in zip(GRIDS, REAL, strict=True):
        print(f"  {grid.name:>14}: earns {real:.5f} of an amount a year")
    ways = [Learner, AtRandom(), Fixed("fixed (published)", 0), Fixed("oracle", int(REAL.argmax()))]
    if pyvw is None:
        print("  vowpalwabbit is not installed: not played")
    else:
        ways.insert(1, ByVw)
    marks = [blocks // 4 * n - 1 for n in range(1, 5)]
    print("  lost so far, as blocks of the best grid's earnings, after " + ", ".join(
        str(mark + 1) for mark in marks))  # fmt: skip
    ends = {}
    for way in ways:
        curves = np.array([curve(way, blocks, seed) for seed in range(seeds)])
        mean = curves.mean(axis=0) / REAL.max()
        ends[way.name] = mean[-1], mean[-1] - mean[-blocks // 4]
        told = "  ".join(f"{mean[mark]:7.2f}" for mark in marks)
        print(f"  {way.name:>22}  {told}")
    ours, random_end, fixed_end = (
        ends[name][0] for name in (Learner.name, "random", "fixed (published)")
    )
    late = ends[Learner.name][1] / ends["random"][1]
    print(f"  ours / random {ours / random_end:.3f}, in the last quarter {late:.3f};", end="")
    print(f" ours / fixed {ours / fixed_end:.3f}; each grid keeps a chance of {LEAST:.0%}")
    return bool(ends["oracle"][0] == 0 and ours < 0.5 * min(random_end, fixed_end) and late < 0.25)


def curve(way, blocks, seed):
    draw = np.random.default_rng(seed)
    player, lost = way(draw), []
    for _ in range(blocks):
        arm = player.choose()
        band = draw.choice(8, CASES, p=WEIGHTS)
        rate = RATES[arm, band]
        taken = draw.random(CASES) < TRUTH.accept(band, rate, draw.random(CASES) < EAGER)
        player.learn(arm, float((taken * TRUTH.margin(band, rate)).mean()), None)
        lost.append(REAL.max() - REAL[arm])
    return np.cumsum(lost)


def estimates(logs) -> bool:
    """Print how often each estimate's interval holds the truth of the best grid."""
    chances, best = np.array([0.4, 0.25, 0.15, 0.1, 0.1]), int(REAL.argmax())
    only = np.tile(np.eye(len(GRIDS))[best], (8, 1))
    made = [logged(seed, chances) for seed in range(logs)]
    apart = [Log(one.context, one.arm, one.propensity, one.reward) for one in made]
    print(
        f"estimates of '{GRIDS[best].name}' from {logs} logs of 150 blocks of 20 that share luck:"
    )
    print("  how many 95 % intervals hold the truth, by block | by case | mean value / truth")
    least = 0.88 * logs  # 95 % less what chance and few blocks take
    good = True
    for estimate in (ips, snips, doubly_robust):
        found = [estimate(one, only) for one in made]
        held = sum(one.low <= REAL[best] <= one.high for one in found)
        alone = sum(
            one.low <= REAL[best] <= one.high for one in (estimate(log, only) for log in apart)
        )
        mean = np.mean([one.value for one in found]) / REAL[best]
        print(f"  {estimate.__name__:>14} {held:5} | {alone:5} | {mean:.4f}")
        good &= held >= least and abs(mean - 1) < 0.02
    own = [by_block(one, len(GRIDS)) for one in made]
    for arm, real in enumerate(REAL):
        held = sum(one[arm].low <= real <= one[arm].high for one, _ in own)
        above = sum(one[arm].low <= real - REAL[0] <= one[arm].high for _, one in own)
        mean = np.mean([one[arm].value for one, _ in own]) / real
        print(f"  own, grid {arm}    {held:5} | above published {above:5} | {mean:.4f}")
        good &= min(held, above) >= least
    return bool(good)


def logged(seed, chances):
    draw = np.random.default_rng(seed)
    blocks, cases = 150, 20
    block = np.repeat(np.arange(blocks), cases)
    arm = draw.choice(len(GRIDS), blocks, p=chances)[block]
    common, own = draw.choice(8, blocks, p=WEIGHTS)[block], draw.choice(8, len(block), p=WEIGHTS)
    band = np.where(draw.random(len(block)) < 0.5, common, own)
    mood = (draw.random(blocks) < EAGER)[block]
    eager = np.where(draw.random(len(block)) < 0.7, mood, draw.random(len(block)) < EAGER)
    rate = RATES[arm, band]
    taken = draw.random(len(block)) < TRUTH.accept(band, rate, eager)
    return Log(band, arm, chances[arm], taken * TRUTH.margin(band, rate), block)


def bounds(prices) -> bool:
    """Print how many of many drawn prices crossed a cap, fell with risk, or were raised."""
    draw = random.Random(7)
    crossed = fell = made = 0
    while made < prices:
        pds = sorted(draw.randrange(0, 500_000) for _ in range(8))
        cost = Cost(draw.randrange(0, 90_000), draw.randrange(200_000, 900_000), 6_000)
        cap = draw.choice((1_200, 2_000, 2_400))
        rates = price("any", cost, pds, draw.randrange(0, 400_000), Steps(300, cap, 10)).rate_bps
        crossed += sum(rate > cap for rate in rates)
        crossed += sum(
            rate * 100 < floor_ppm(cost, pd) for rate, pd in zip(rates, pds, strict=False)
        )
        fell += list(rates) != sorted(rates)
        made += len(rates)
    raised, kept, refused = arms_of_the_book(draw)
    print(
        f"{made:,} prices drawn: {crossed} above the cap or below cost, {fell} grids fall with risk"
    )
    print(
        f"{kept:,} cells of tried grids: {raised} above the published one; {refused} grids refused"
    )
    return crossed == fell == raised == 0 and kept > 0 and refused > 0


def arms_of_the_book(draw):
    """Lower the shipped grid at random until many cells were allowed; count what was raised."""
    rows = tuple(Row(*one) for one in read_grid_rows((rules_root() / "price_grid.csv").read_text()))
    lenders = [{int(program.id) for program in one.programs} for one in load_book().lenders]
    raised = kept = refused = 0
    for _ in range(2_000):
        lower = [draw.randrange(-2, 20) * 5 for _ in range(8)]
        try:
            arm = lower_rows(rows, draw.choice(lenders), lower)
            check_arm(rows, arm, Limits(draw.randrange(1, BAND_BPS_MAX), (300,) * 8))
        except BadGrid:
            refused += 1
            continue
        kept += len(arm)
        raised += sum(row.rate_bps > before.rate_bps for row, before in zip(arm, rows, strict=True))
    return raised, kept, refused


if __name__ == "__main__":
    sys.exit(main())
