"""`tongtu market-sim`: made-up lenders and arrivals, routed by the platform's own router.

Everything here is simulated and says so; the router, the true costs and the budgets are not.
"""

from __future__ import annotations

import argparse
import json

import numpy as np

from tongtu.funding.api import NO_GUARD_PPM, explain
from tongtu.insight.api import Played, PlayRules, Result, Shares, lay_out, lists, play
from tongtu.simulators.api import market

CASES_MAX = 1_000_000
LENDERS_MAX = 100
_PPM_PER_POINT = 10_000


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--arrivals", type=int, default=100_000)
    parser.add_argument("--lenders", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--drift", action="store_true", help="risk, amounts and volume move")
    parser.add_argument("--guard", type=float, default=1.0, help="points a year; -1: none")
    parser.add_argument("--floor", type=float, default=0.0, help="least part of a lender, percent")
    parser.add_argument("--ceiling", type=float, default=0.0, help="largest part, percent")
    parser.add_argument("--every", type=int, default=500, help="cases between two price updates")
    parser.add_argument("--explain", type=int, metavar="CASE", help="tell how one case was routed")
    parser.add_argument("--json", action="store_true")


def run(arguments: argparse.Namespace) -> int:
    """Play the market once with shadow prices and once by the cheapest, and tell both."""
    if not (1 <= arguments.arrivals <= CASES_MAX and 2 <= arguments.lenders <= LENDERS_MAX):
        print(f"1 to {CASES_MAX:,} arrivals and 2 to {LENDERS_MAX} lenders")
        return 2
    found = market(
        arguments.seed, arguments.arrivals, lenders=arguments.lenders, is_drifting=arguments.drift
    )
    shares = Shares(_ppm(arguments.floor), _ppm(arguments.ceiling))
    played = lay_out(found, shares)
    guard = NO_GUARD_PPM if arguments.guard < 0 else _ppm(arguments.guard)
    routed = play(played, PlayRules(guard_ppm=guard, every=arguments.every))
    cheapest = play(played, PlayRules(every=0))
    told = {
        "is_simulated": True,
        "arrivals": len(played.day),
        "lenders": arguments.lenders,
        "routed": _told(played, routed),
        "cheapest_first": _told(played, cheapest),
        "lenders_share": _shares(played, routed),
    }
    if arguments.explain is not None and 0 <= arguments.explain < len(played.day):
        told["explained"] = _explained(played, routed, arguments.explain)
    print(json.dumps(told, indent=None if arguments.json else 2))
    return 0


def _ppm(points: float) -> int:
    return round(points * _PPM_PER_POINT)


def _told(played: Played, result: Result) -> dict[str, object]:
    seen = lists(played, result)
    return {
        "worth_minor": round(result.worth(played.cases)),
        "served_share": round(result.served(played.cases), 5),
        "mean_cost_percent": round(result.cost_ppm(played.cases) / _PPM_PER_POINT, 3),
        "offers_a_list": round(seen.offers / max(1, seen.lists), 2),
        "lists_whole_and_cheapest_first": seen.whole,
        "lists": seen.lists,
        "budget_passed": seen.passed,
    }


def _shares(played: Played, result: Result) -> list[float]:
    """Return each lender's percent of all that was lent."""
    at = np.flatnonzero(result.route >= 0)
    sent = np.bincount(
        result.route[at],
        weights=played.cases.amount_minor[at],
        minlength=played.cases.worth.shape[1],
    )
    return [round(100 * one, 2) for one in (sent / sent.sum()).tolist()]


def _explained(played: Played, result: Result, case: int) -> list[dict[str, object]]:
    """Return a line for each lender: eligible or why not, cost, worth, toll, whether it holds."""
    tolls = result.tolls_at(played, case)
    why = result.why(played, case)
    lines = explain(played.cases, case, tolls, int(result.route[case]), why)
    return [line._asdict() for line in lines]
