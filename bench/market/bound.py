"""The best that could have been done with the lists people saw: a linear program, by HiGHS.

Its dual is brought near first (smoothed, L-BFGS), so that only a few routes of each case can
matter; HiGHS solves the program on those, all others are priced out by its own duals, and what
could improve it is added until nothing can: the optimum of the whole program, with a proof.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import linprog, minimize
from scipy.sparse import coo_matrix, vstack

ROUNDS_MAX = 8
HEATS = (0.1, 0.02, 0.004)
FINE = (*HEATS, 0.001)
TOLERANCE = 1e-6
SUBSIDY_MAX = 0.05


def bound(played, usable):
    """Return the optimum (fen) over the usable routes, and by how much it may be short of it."""
    worth = np.where(usable, played.cases.worth, -np.inf)
    amount = played.cases.amount_minor.astype(float)
    cases, routes = worth.shape
    row_of, limit = _rows(played)
    signs = np.where(played.budgets.is_floor, -1.0, 1.0)
    unit = np.abs(worth[np.isfinite(worth)]).mean()
    tolls = _near_tolls(played, worth / unit, amount / amount.mean(), (row_of, limit))
    net = worth / unit - amount[:, None] / amount.mean() * tolls[played.day]
    best = np.maximum(net.max(axis=1), 0.0)
    chosen = np.isfinite(net) & (net >= (best - 6 * HEATS[-1])[:, None])
    for _ in range(ROUNDS_MAX):
        case, route = np.nonzero(chosen)
        value = worth[case, route]
        found = _solve(played, (case, route), value, (row_of, limit), amount)
        gain = -found.ineqlin.marginals
        by_case, by_row = gain[:cases], gain[cases:]
        cost = np.zeros((cases, routes))
        for k, share in enumerate(played.budgets.share.T):
            at = by_row[row_of[played.day, k]] * signs[k]
            cost += at[:, None] * amount[:, None] * share[None, :]
        reduced = np.where(usable, worth - cost - by_case[:, None], -np.inf)
        short = np.maximum(reduced.max(axis=1), 0.0).sum()
        optimum = -found.fun
        if short <= TOLERANCE * optimum:
            return optimum, short
        chosen |= reduced > 0
    return optimum, short


def upper_bound(played, usable):
    """Return a worth (fen) that no routing can pass: the dual at the prices found.

    Any prices bound the optimum from above, so a ratio to this is never flattered; `bound` tells on
    a small market how near it comes.
    """
    worth = np.where(usable, played.cases.worth, -np.inf)
    amount = played.cases.amount_minor.astype(float)
    unit, rows = np.abs(worth[np.isfinite(worth)]).mean(), _rows(played)
    tolls, paid = _near_prices(played, worth / unit, amount / amount.mean(), rows, FINE)
    net = worth - amount[:, None] * (tolls * unit / amount.mean())[played.day]
    return float(np.maximum(net.max(axis=1), 0.0).sum() + paid * unit * len(amount))


def foreseen_tolls(played, usable):
    """Return the tolls (fen a fen of amount) by day and route of who knows all that is to come."""
    worth = np.where(usable, played.cases.worth, -np.inf)
    amount = played.cases.amount_minor.astype(float)
    unit = np.abs(worth[np.isfinite(worth)]).mean()
    tolls, _ = _near_prices(played, worth / unit, amount / amount.mean(), _rows(played), FINE)
    return tolls * unit / amount.mean()


def _near_tolls(played, worth, amount, rows):
    return _near_prices(played, worth, amount, rows, HEATS)[0]


def _near_prices(played, worth, amount, rows, heats):
    """Return each day's toll of each route near the dual's optimum, and what the rows cost a case.

    Units are means.
    """
    row_of, limit = rows
    signs = np.where(played.budgets.is_floor, -1.0, 1.0)
    share = played.budgets.share * signs
    per_row = np.zeros(len(limit))
    for k in range(share.shape[1]):
        per_row[row_of[:, k]] = signs[k]
    limits = limit / played.cases.amount_minor.mean() / len(amount)
    first = np.searchsorted(played.day, np.arange(played.days))

    def dual(prices, heat):
        tolls = prices[row_of] @ share.T
        score = (worth - amount[:, None] * tolls[played.day]) / heat
        best = np.maximum(score.max(axis=1), 0.0)
        parts = np.exp(score - best[:, None])
        total = parts.sum(axis=1) + np.exp(-best)
        value = heat * (best + np.log(total)).mean() + (limits * per_row) @ prices
        sent = np.add.reduceat(amount[:, None] * parts / total[:, None], first, axis=0)
        slope = limits * per_row
        np.add.at(slope, row_of, -(sent @ share) / len(amount))
        return value, slope

    prices = np.zeros(len(limit))
    bounds = [(0, None if sign > 0 else SUBSIDY_MAX * 100) for sign in per_row]
    for heat in heats:
        prices = minimize(dual, prices, (heat,), "L-BFGS-B", jac=True, bounds=bounds).x
    return prices[row_of] @ share.T, (limits * per_row) @ prices


def _rows(played):
    """Return each (day, budget row)'s row of the program, and the limits."""
    rows = len(played.limit)
    row_of = np.zeros((played.days, rows), int)
    limit = []
    daily = set(played.day_rows.tolist())
    for k in range(rows):
        if k in daily:
            row_of[:, k] = np.arange(played.days) + len(limit)
            limit += [played.limit[k]] * played.days
        else:
            row_of[:, k] = len(limit)
            limit.append(played.limit[k])
    return row_of, np.array(limit)


def _solve(played, at, value, rows, amount):
    case, route = at
    row_of, limit = rows
    columns = np.arange(len(case))
    one_each = coo_matrix((np.ones(len(case)), (case, columns)), (len(amount), len(case)))
    data, where, which = [], [], []
    signs = np.where(played.budgets.is_floor, -1.0, 1.0)
    for k, share in enumerate(played.budgets.share.T):
        part = share[route] * amount[case] * signs[k]
        taken = np.flatnonzero(part)
        data.append(part[taken])
        where.append(row_of[played.day[case[taken]], k])
        which.append(columns[taken])
    scale = amount.mean()
    used = coo_matrix(
        (np.concatenate(data) / scale, (np.concatenate(where), np.concatenate(which))),
        (len(limit), len(case)),
    )
    # A floor row counts the other way: at least is minus at most.
    signed = limit.copy()
    for k in np.flatnonzero(played.budgets.is_floor):
        signed[row_of[:, k]] *= -1.0
    unit = np.abs(value).mean()
    found = linprog(
        -value / unit,
        A_ub=vstack([one_each, used]).tocsr(),
        b_ub=np.concatenate([np.ones(len(amount)), signed / scale]),
        bounds=(0, None),
        method="highs",
    )
    if found.status != 0:
        raise SystemExit(f"the bound was not found: {found.message}")
    found.fun *= unit
    found.ineqlin.marginals[:] *= unit
    found.ineqlin.marginals[len(amount) :] /= scale
    return found
