"""`PYTHONPATH=src python -m bench.market.foreseen`: is the bound that a guard is held to fair?

A guard counts from the cheapest offer that is still open: what may be recommended depends on what
was routed before. The bound takes the lists as our own play left them: it may keep a cheap lender's
money for later and still use lists that only exist because that money was spent, and it may not use
lists that other routes would have opened. Here somebody who knows the very prices of that bound
walks the same arrivals under the same guard: above 1 of it, it is no bound; what the router misses
of that walk is foresight.
"""

from __future__ import annotations

import argparse

import numpy as np
from bench.market.bound import foreseen_tolls, upper_bound

from tongtu.funding.api import NO_GUARD_PPM, Cases, Tolls, route_batch
from tongtu.insight.api import PlayRules, lay_out, play
from tongtu.simulators.api import market

BATCH = 64  # as many wait together in the lane


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--arrivals", type=int, default=20_000)
    parser.add_argument("--guards", type=int, nargs="*", default=(2_500, 5_000, 10_000, 20_000))
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    played = lay_out(market(given.seed, given.arrivals))
    print("  guard   router/bound   foreseen/bound   router/foreseen")
    for guard in (*given.guards, NO_GUARD_PPM):
        ours = play(played, PlayRules(guard_ppm=guard))
        near = ours.near if guard < NO_GUARD_PPM else played.cases.is_eligible
        bound, worth = upper_bound(played, near), ours.worth(played.cases)
        best = walk(played, foreseen_tolls(played, near), guard)
        label = "none" if guard >= NO_GUARD_PPM else f"{guard / 10_000:.2f}"
        print(
            f"  {label:>5} {worth / bound:14.4f} {best / bound:16.4f} {worth / best:17.4f}",
            flush=True,
        )


def walk(played, tolls, guard) -> float:
    """Return the worth (fen) of the routes at given tolls by day, under the same guard."""
    cases, left, worth = played.cases, played.limit.copy(), 0.0
    for day in range(played.days):
        left[played.day_rows] = played.limit[played.day_rows]
        today = np.flatnonzero(played.day == day)
        for first in range(0, len(today), BATCH):
            rows = today[first : first + BATCH]
            batch = Cases(
                cases.amount_minor[rows],
                cases.is_eligible[rows],
                cases.cost_ppm[rows],
                cases.worth[rows],
            )
            routed = route_batch(batch, played.budgets, left, Tolls(tolls[day], guard))
            served = np.flatnonzero(routed.route >= 0)
            worth += float(batch.worth[served, routed.route[served]].sum())
    return worth


if __name__ == "__main__":
    main()
