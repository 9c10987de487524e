"""Which lender holds money for a case. The list a person sees is not the router's to change.

A person sees every eligible offer, the cheapest first. What is decided here is the one route whose
money is held while they read (the others are taken up if their budget lasts until then), and which
of two offers of one cost stands first. The guard bounds how much dearer than the cheapest open
offer the held one may be; a fen of a scarce budget weighs by its shadow price.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tongtu.funding.rules.shadow import Budgets, Floats

Ints = NDArray[np.int64]
# Nobody is held to an offer that costs more than this above the cheapest, in ppm a year.
GUARD_PPM = 10_000
NO_GUARD_PPM = 1_000_000
NOWHERE = -1
_PPM = 1_000_000


class Worth(NamedTuple):
    """How much a fen saved by the borrower and a fen of commission count for, in ppm."""

    saving_ppm: int = 700_000
    commission_ppm: int = 300_000


WORTH = Worth()


@dataclass(frozen=True, slots=True)
class Cases:
    """Cases in the order they came. Columns by route; `is_eligible` is the lenders' own yes."""

    amount_minor: Ints
    is_eligible: NDArray[np.bool_]
    cost_ppm: Ints  # all in, a year
    worth: Floats  # fen


@dataclass(frozen=True, slots=True)
class Tolls:
    """Shadow prices in force: fen of worth for a fen sent along each route, and the guard."""

    by_route: Floats
    guard_ppm: int = GUARD_PPM


class Routed(NamedTuple):
    """By case: the route that holds money, the offers shown, and those within the guard."""

    route: Ints
    shown: NDArray[np.bool_]
    near: NDArray[np.bool_]


class Line(NamedTuple):
    """What is told of one lender for one case. Amounts in fen; `toll` is price times amount."""

    route: int
    reason: str  # "" where an offer is shown
    cost_ppm: int
    worth: int
    toll: int
    is_within_guard: bool
    is_held: bool


def worth_of(
    saving_minor: Ints, commission_minor: Ints, fund_ppm: Ints, weights: Worth = WORTH
) -> Floats:
    """Return what a route is worth in fen: the chance it is funded times what it gives."""
    gives = saving_minor * weights.saving_ppm + commission_minor * weights.commission_ppm
    found: Floats = fund_ppm * (gives / _PPM) / _PPM
    return found


def near(cost_ppm: Ints, is_open: NDArray[np.bool_], guard_ppm: int) -> NDArray[np.bool_]:
    """Return which open offers cost at most the guard more than the cheapest open one."""
    cheapest = np.min(cost_ppm, where=is_open, initial=np.iinfo(np.int64).max // 2)
    return is_open & (cost_ppm <= cheapest + guard_ppm)


def route_batch(cases: Cases, budgets: Budgets, left: Floats, tolls: Tolls) -> Routed:
    """Return the route of each case, first come first served, and the list each person sees.

    `left` (fen by row) is lowered by what is held; floors are rows without a limit of their own. A
    case with any open offer always has a route, even where each toll is above the worth.
    """
    rows = [_rows(share, budgets.is_floor) for share in budgets.share]
    joined = [_joined(rows, route) for route in range(len(rows))]
    left_now: list[float] = left.tolist()
    room = [_room(left_now, one) for one in rows]
    amounts = cases.amount_minor
    net = cases.worth - amounts[:, None] * tolls.by_route
    chosen: list[int] = []
    shown, near_enough = (np.zeros(cases.is_eligible.shape, np.bool_) for _ in range(2))
    for n, (amount, costs, nets, eligible) in enumerate(
        zip(
            amounts.tolist(),
            cases.cost_ppm.tolist(),
            net.tolist(),
            _places(cases.is_eligible),
            strict=True,
        )
    ):
        is_open = [route for route in eligible if room[route] >= amount]
        if not is_open:
            chosen.append(NOWHERE)
            continue
        most = min([costs[route] for route in is_open]) + tolls.guard_ppm
        close = [route for route in is_open if costs[route] <= most]
        route = max(close, key=nets.__getitem__)
        chosen.append(route)
        shown[n, is_open] = near_enough[n, close] = True
        for row, part, _ in rows[route]:
            left_now[row] -= amount * part
        for other in joined[route]:
            room[other] = _room(left_now, rows[other])
    left[:] = left_now
    return Routed(np.array(chosen, np.int64), shown, near_enough)


def explain(cases: Cases, n: int, tolls: Tolls, held: int, why: dict[int, str]) -> list[Line]:
    """Return a line for every route of one case; `why` has the reason of each that said no."""
    amount = int(cases.amount_minor[n])
    is_open = np.array([not why.get(route) for route in range(len(tolls.by_route))])
    close = near(cases.cost_ppm[n], is_open & cases.is_eligible[n], tolls.guard_ppm)
    return [
        Line(
            route=route,
            reason=why.get(route, "" if cases.is_eligible[n, route] else "lender_policy"),
            cost_ppm=int(cases.cost_ppm[n, route]),
            worth=round(float(cases.worth[n, route])),
            toll=round(float(amount * tolls.by_route[route])),
            is_within_guard=bool(close[route]),
            is_held=route == held,
        )
        for route in range(len(tolls.by_route))
    ]


_Rows = tuple[tuple[int, float, bool], ...]  # row, part of the amount, whether it is a floor


def _rows(share: Floats, is_floor: NDArray[np.bool_]) -> _Rows:
    """Return the rows one route takes of."""
    return tuple(
        (row, float(share[row]), bool(is_floor[row])) for row in np.flatnonzero(share).tolist()
    )


def _room(left: list[float], rows: _Rows) -> float:
    """Return the largest amount that every row of a route still holds."""
    return min([left[row] / part for row, part, is_floor in rows if not is_floor], default=np.inf)


def _joined(rows: list[_Rows], route: int) -> list[int]:
    """Return the routes that share a row with one, itself included."""
    mine = {row for row, *_ in rows[route]}
    return [n for n, one in enumerate(rows) if mine & {row for row, *_ in one}]


def _places(is_eligible: NDArray[np.bool_]) -> list[list[int]]:
    """Return the eligible routes of each case."""
    cases, routes = np.nonzero(is_eligible)
    ends = np.cumsum(np.bincount(cases, minlength=len(is_eligible)))[:-1]
    return [one.tolist() for one in np.split(routes, ends)]
