"""A market played through: each case routed in order, prices solved again from what was seen.

It knows lenders and arrivals as columns and asks the same router as the platform does.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tongtu.funding.api import (
    NO_GUARD_PPM,
    Budgets,
    Cases,
    Routed,
    Tolls,
    route_batch,
    shadow_prices,
    worth_of,
)
from tongtu.kernel.rate import BPS_PER_ONE
from tongtu.terms.api import quote_batch

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
BATCH = 64  # as many wait together in the lane
PPM = 1_000_000
CAP_BPS = 2_400  # what a loan could cost at most: savings are counted from there
_STEPS_AHEAD = 8
DAY_SECONDS = 86_400
_PACE = 3  # how much today's pace counts beside what a day is expected to bring
_EVENING = 300  # cases enough to tell prices by
_QUOTES_MAX = 200_000  # offers whose figures are made in one call


class LenderColumns(Protocol):
    """Lenders by row: a rate for each band (-1: not taken) and what they take."""

    @property
    def rate_bps(self) -> Ints: ...
    @property
    def tenor_max_months(self) -> Ints: ...
    @property
    def amount_max_minor(self) -> Ints: ...
    @property
    def commission_bps(self) -> Ints: ...


class ArrivalColumns(Protocol):
    """Who came, in order."""

    @property
    def day(self) -> Ints: ...
    @property
    def second(self) -> Ints: ...
    @property
    def band(self) -> Ints: ...
    @property
    def amount_minor(self) -> Ints: ...
    @property
    def tenor_months(self) -> Ints: ...
    @property
    def fund_ppm(self) -> Ints: ...


class MarketColumns(Protocol):
    """A market as it is found: lenders, arrivals, budgets."""

    @property
    def lenders(self) -> LenderColumns: ...
    @property
    def arrivals(self) -> ArrivalColumns: ...
    @property
    def days(self) -> int: ...
    @property
    def cases_a_day(self) -> int: ...
    @property
    def day_budget_minor(self) -> Ints: ...
    @property
    def month_budget_minor(self) -> Ints: ...


@dataclass(frozen=True, slots=True)
class Played:
    """Cases by day with the budgets: a row for each lender's day, one for its month, floors."""

    cases: Cases
    day: Ints
    second: Ints
    days: int
    cases_a_day: int
    budgets: Budgets
    day_rows: Ints  # rows that are full again each morning
    limit: Floats  # fen by row, of a day or of the whole time


@dataclass(frozen=True, slots=True)
class Shares:
    """Bounds of each lender's part of all that is expected to be lent, in ppm; 0: none."""

    floor_ppm: int = 0
    ceiling_ppm: int = 0


@dataclass(frozen=True, slots=True)
class PlayRules:
    """How the market is played. `every` 0: no shadow prices at all."""

    guard_ppm: int = NO_GUARD_PPM
    every: int = 400
    window: int = 3_000
    days_back: int = 5  # how many earlier days tell what is still to come of one


@dataclass(frozen=True, slots=True)
class Result:
    """What came of it: the route of each case, who was open and near enough, prices by time."""

    route: Ints
    shown: NDArray[np.bool_]  # eligible with money left: the list a person saw
    near: NDArray[np.bool_]
    prices: Floats  # (solve, row)
    solved_at: Ints  # the first case that each of them was in force for
    guard_ppm: int

    def worth(self, cases: Cases) -> float:
        """Return the worth of all routes, in fen."""
        rows = np.flatnonzero(self.route >= 0)
        return float(cases.worth[rows, self.route[rows]].sum())

    def served(self, cases: Cases) -> float:
        """Return the share of those with an eligible lender that were routed."""
        return float((self.route >= 0).sum() / cases.is_eligible.any(axis=1).sum())

    def cost_ppm(self, cases: Cases) -> float:
        """Return the mean yearly cost of the routed, by amount."""
        at = np.flatnonzero(self.route >= 0)
        costs, amounts = cases.cost_ppm[at, self.route[at]], cases.amount_minor[at]
        return float((costs * (amounts / amounts.sum())).sum())

    def tolls_at(self, market: Played, case: int) -> Tolls:
        """Return the shadow prices that were in force for a case."""
        solve = int(np.searchsorted(self.solved_at, case, side="right")) - 1
        return Tolls(market.budgets.by_route(self.prices[solve]), self.guard_ppm)

    def why(self, market: Played, case: int) -> dict[int, str]:
        """Return the reason of each lender that made no offer."""
        eligible, shown = market.cases.is_eligible[case], self.shown[case]
        return {
            n: "quota_exhausted" if eligible[n] else "lender_policy"
            for n in np.flatnonzero(~shown).tolist()
        }


@dataclass(frozen=True, slots=True)
class Lists:
    """The lists people saw: how many, with how many offers, how many of them were whole.

    `passed` counts budgets by lender and day, or by lender and month, that lent more than they had.
    """

    lists: int
    offers: int
    whole: int
    passed: int


def lay_out(found: MarketColumns, shares: Shares = Shares()) -> Played:
    """Return the market with every offer's true cost and worth."""
    came, houses = found.arrivals, found.lenders
    rate = houses.rate_bps.T[came.band]
    is_eligible = (
        (rate >= 0)
        & (came.tenor_months[:, None] <= houses.tenor_max_months)
        & (came.amount_minor[:, None] <= houses.amount_max_minor)
    )
    cost_ppm, cost_minor = _figures(came.amount_minor, came.tenor_months, rate, is_eligible)
    at_cap = _figures(
        came.amount_minor,
        came.tenor_months,
        np.full((len(rate), 1), CAP_BPS, np.int64),
        np.ones((len(rate), 1), np.bool_),
    )[1]
    commission = came.amount_minor[:, None] * houses.commission_bps // BPS_PER_ONE
    worth = worth_of(at_cap - cost_minor, commission, came.fund_ppm)
    cases = Cases(came.amount_minor, is_eligible, cost_ppm, worth)
    lenders = len(houses.commission_bps)
    parts = [np.eye(lenders), np.eye(lenders)]
    limits = [found.day_budget_minor, found.month_budget_minor]
    expected = came.amount_minor.mean() * found.cases_a_day * found.days
    for ppm in (shares.ceiling_ppm, shares.floor_ppm):
        if ppm:
            parts.append(np.eye(lenders))
            limits.append(np.full(lenders, int(expected * ppm / PPM)))
    is_floor = np.zeros(lenders * len(parts), np.bool_)
    if shares.floor_ppm:
        is_floor[-lenders:] = True
    return Played(
        cases,
        came.day,
        came.second,
        found.days,
        found.cases_a_day,
        Budgets(np.hstack(parts), is_floor),
        np.arange(lenders),
        np.concatenate(limits).astype(np.float64),
    )


def _figures(
    amount: Ints, tenor: Ints, rate: Ints, is_asked: NDArray[np.bool_]
) -> tuple[Ints, Ints]:
    """Return 12 x the monthly IRR and the whole cost of every offer asked for, by schedule."""
    case, lender = np.nonzero(is_asked)
    cost_ppm, cost_minor = (np.zeros(is_asked.shape, np.int64) for _ in range(2))
    for first in range(0, len(case), _QUOTES_MAX):
        rows, columns = case[first : first + _QUOTES_MAX], lender[first : first + _QUOTES_MAX]
        none = np.zeros(len(rows), np.int64)
        made = quote_batch(amount[rows], rate[rows, columns], tenor[rows], none)
        cost_ppm[rows, columns], cost_minor[rows, columns] = made.irr12_ppm, made.cost
    return cost_ppm, cost_minor


def lists(market: Played, result: Result) -> Lists:
    """Check every list against the budgets as the routes left them, apart from the router.

    A list is whole when it has each eligible lender whose day and month still held the amount.
    """
    left, whole, passed = market.limit.copy(), 0, 0
    share = np.where(market.budgets.is_floor, 0.0, market.budgets.share)
    day = -1
    for n, (amount, route) in enumerate(
        zip(market.cases.amount_minor.tolist(), result.route.tolist(), strict=True)
    ):
        if market.day[n] != day:
            day = int(market.day[n])
            left[market.day_rows] = market.limit[market.day_rows]
        holds = (share * amount <= left).all(axis=1)
        whole += bool(np.array_equal(result.shown[n], market.cases.is_eligible[n] & holds))
        if route >= 0:
            left -= share[route] * amount
            passed += int((left[share[route] > 0] < 0).sum())
    return Lists(len(result.route), int(result.shown.sum()), whole, passed)


def play(market: Played, rules: PlayRules) -> Result:
    """Route every case in order; nothing later than a case is looked at when it is routed."""
    left = market.limit.copy()
    prices = np.zeros(len(market.limit))
    routed: list[Routed] = []
    history, solved_at = [prices], [0]
    done, until_next = 0, rules.every // 5  # the first prices come early: zero is a guess
    for day in range(market.days):
        left[market.day_rows] = market.limit[market.day_rows]
        today = np.flatnonzero(market.day == day)
        for first in range(0, len(today), BATCH):
            is_morning = done > 0 and first == 0  # yesterday's scarcity says nothing of today
            if rules.every and (until_next <= 0 or is_morning):
                near = np.concatenate([one.near for one in routed])
                prices = _solve(market, rules, (left, near, prices), (day, first, done))
                history.append(prices)
                solved_at.append(done)
                # A budget's last part is spent by the last cases: they are steered most closely.
                ahead = min(market.cases_a_day - first, max(done, rules.every)) // _STEPS_AHEAD
                until_next = min(rules.every, max(ahead, BATCH))
            rows = today[first : first + BATCH]
            batch = _take(market.cases, rows)
            if not rules.every:
                batch = replace(batch, worth=-batch.cost_ppm.astype(np.float64))
            tolls = Tolls(market.budgets.by_route(prices), rules.guard_ppm)
            routed.append(route_batch(batch, market.budgets, left, tolls))
            done += len(rows)
            until_next -= len(rows)
    return Result(
        np.concatenate([one.route for one in routed]),
        np.concatenate([one.shown for one in routed]),
        np.concatenate([one.near for one in routed]),
        np.array(history),
        np.array(solved_at),
        rules.guard_ppm,
    )


def _solve(
    market: Played,
    rules: PlayRules,
    state: tuple[Floats, NDArray[np.bool_], Floats],
    clock: tuple[int, int, int],
) -> Floats:
    left, near, prices = state
    day, of_day, done = clock
    rows = _like_the_rest(market, rules, (day, of_day, done))
    window = _take(market.cases, rows)
    # With a guard only those near enough can be held to; without one, whoever is eligible.
    usable = window.is_eligible if rules.guard_ppm >= NO_GUARD_PPM else near[rows]
    # What a budget does not hold whole will not go there: its last part is for the small.
    fits = window.amount_minor[:, None] <= _rooms(market, left)
    worth = np.where(usable & fits, window.worth, -np.inf)
    days_left = market.days - day - 1
    # So many are expected by the clock, the more the faster they came so far.
    passed = int(market.second[done - 1]) / DAY_SECONDS if of_day else 0.0
    pace = (market.cases_a_day + _PACE * of_day) / (1.0 + _PACE * passed)
    cases_today = max(pace * (1.0 - passed), 1.0)
    ahead = np.full(len(left), float(cases_today + days_left * market.cases_a_day))
    ahead[market.day_rows] = cases_today
    amount = window.amount_minor.astype(np.float64)
    return shadow_prices(worth, amount, market.budgets, left / ahead, prices)


def _rooms(market: Played, left: Floats) -> Floats:
    """Return the largest amount each route can still take."""
    share, is_floor = market.budgets.share, market.budgets.is_floor
    room = np.where((share > 0) & ~is_floor, left / np.where(share > 0, share, 1.0), np.inf)
    found: Floats = room.min(axis=1)
    return found


def _like_the_rest(market: Played, rules: PlayRules, clock: tuple[int, int, int]) -> Ints:
    """Return the cases that tell what is still to come today: the last days' from this hour on.

    On the first day those that came last. Never fewer than an evening has, nor more than a window.
    One day's evening is a handful of cases: several of them tell the same with less chance in it.
    """
    day, of_day, done = clock
    if day == 0:
        return np.arange(max(0, done - rules.window), done)
    now = int(market.second[done - 1]) if of_day else 0
    days = range(max(0, day - rules.days_back), day)
    least = -(-_EVENING // len(days))
    evenings = []
    for earlier in days:
        first, last = np.searchsorted(market.day, [earlier, earlier + 1])
        from_now = first + int(np.searchsorted(market.second[first:last], now))
        evenings.append(np.arange(max(first, min(from_now, last - least)), last))
    rows = np.concatenate(evenings)
    return rows[:: -(-len(rows) // rules.window)]


def _take(cases: Cases, rows: Ints) -> Cases:
    return Cases(
        cases.amount_minor[rows],
        cases.is_eligible[rows],
        cases.cost_ppm[rows],
        cases.worth[rows],
    )
