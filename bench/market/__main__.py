"""`PYTHONPATH=src python -m bench.market`: what the router makes of a market, beside the best.

A made-up market of 20 lenders: who comes is drawn from a seed; costs, budgets and routes are the
platform's. Each guard is measured beside the optimum over the very lists people saw under it, and
beside the optimum that no guard binds. The optimum is bounded from above by its dual, so no ratio
is flattered; on a small market HiGHS tells how near the bound is. Ratios do not depend on the
machine; microseconds do.
"""

from __future__ import annotations

import argparse
import os
import time

# Small matrices on a machine that does other work: threads of BLAS would wait for each other.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from bench.market.bound import bound, upper_bound

from tongtu.funding.api import NO_GUARD_PPM
from tongtu.insight.api import PlayRules, lay_out, lists, play
from tongtu.simulators.api import market

GUARDS_PPM = (0, 2_500, 5_000, 10_000, 20_000, NO_GUARD_PPM)
GATE = 0.995
AUDIT = 4_000


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--arrivals", type=int, default=100_000)
    parser.add_argument("--guards", type=int, nargs="*", default=GUARDS_PPM)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=("stationary", "drifting"), help="one of the markets")
    arguments = parser.parse_args()
    if arguments.only is None:
        audit(arguments.seed)
    for name, is_drifting in (("stationary", False), ("drifting", True)):
        if arguments.only not in (None, name):
            continue
        measure(
            name, market(arguments.seed, arguments.arrivals, is_drifting=is_drifting), arguments
        )


def audit(seed) -> None:
    """Tell by how much the bound stands above the optimum, where HiGHS can find it soon."""
    played = lay_out(market(seed, AUDIT, days=4))
    optimum, short = bound(played, played.cases.is_eligible)
    above = upper_bound(played, played.cases.is_eligible) / optimum - 1
    print(f"bound on {AUDIT:,} arrivals: {above:.5%} above the optimum of HiGHS", end="")
    print(f" (which is proved to {short / optimum:.1e})")


def measure(name, found, arguments) -> None:
    """Print the table of one market."""
    began = time.perf_counter()
    played = lay_out(found)
    cases, n = played.cases, len(played.day)
    offers = cases.is_eligible.sum()
    print(f"{name}: {n:,} arrivals, {played.days} days, {offers / n:.1f} eligible lenders each; ")
    print(f"  true costs of {offers:,} offers in {time.perf_counter() - began:.1f} s")
    cheapest, us = timed(played, PlayRules(every=0))
    free = upper_bound(played, cases.is_eligible)
    base = cheapest.worth(cases) / free
    print(
        f"  cheapest first: {base:.4f} of the free optimum, served {cheapest.served(cases):.4f}, "
    )
    print(f"  {us:.1f} us a decision, mean cost {cheapest.cost_ppm(cases) / 10_000:.3f} %")
    print(
        "  guard   worth/optimum  worth/free    served  mean cost  us/decision (prices in)  lists"
    )
    for guard in arguments.guards:
        rules = PlayRules(guard_ppm=guard)
        result, us = timed(played, rules)
        best = free
        if guard < NO_GUARD_PPM:
            best = upper_bound(played, result.near)
        worth = result.worth(cases)
        seen = lists(played, result)
        whole = "all whole" if seen.whole == seen.lists else f"{seen.lists - seen.whole} NOT WHOLE"
        if seen.passed:
            whole += f", {seen.passed} BUDGETS PASSED"
        label = "none" if guard >= NO_GUARD_PPM else f"{guard / 10_000:.2f}"
        gate = ""
        if name == "stationary" and worth / best < GATE:
            gate = f"  below {GATE}"
        print(
            f"  {label:>6} {worth / best:13.4f} {worth / free:12.4f} {result.served(cases):10.4f}"
            f" {result.cost_ppm(cases) / 10_000:9.3f}% {us:12.1f}  {whole}{gate}",
            flush=True,
        )


def timed(played, rules):
    """Return the result and the microseconds of CPU a decision took, price updates included."""
    began = time.process_time()
    result = play(played, rules)
    return result, (time.process_time() - began) * 1e6 / len(played.day)


if __name__ == "__main__":
    main()
