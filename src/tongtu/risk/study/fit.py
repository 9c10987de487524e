"""One whole fit on given rows: settings by inner folds, blend and calibration out of fold, models.

Everything a score depends on is learnt here, so that a fold that never entered is untouched.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tongtu.risk.rules.cells import Floats
from tongtu.risk.rules.forest import Forest
from tongtu.risk.rules.scorer import Mix, Scorer, feature_of
from tongtu.risk.study.booster import read_trees
from tongtu.risk.study.challenger import (
    FEW_ROWS,
    ROUNDS_MAX,
    Grown,
    Settings,
    grow,
    grow_whole,
    searched,
)
from tongtu.risk.study.champion import fit_champion
from tongtu.risk.study.folds import divide
from tongtu.risk.study.preparation import Prepared, prepare, take_rows
from tongtu.risk.study.spec import Spec
from tongtu.risk.study.table import Sheet
from tongtu.risk.training.logistic import regress

Outcomes = NDArray[np.bool_]
Rows = NDArray[np.int64]
Advance = Callable[[str], None]

INNER_FOLDS = 4
# Settings are compared on so many of the inner folds; the best one is grown on the others too.
# On few rows all folds are needed to tell settings from luck.
SEARCH_FOLDS = 2
# How much of the answer is the champion's.
BLENDS = (0.0, 0.25, 0.5, 0.75, 1.0)
BLEND_GAIN_MIN = 0.0001
# A model grown on all rows bears a little more than one grown on three quarters of them.
ROUNDS_GROWTH = 1.1


@dataclass(frozen=True, slots=True)
class Fitted:
    """A scorer, and what is known of how it came about."""

    scorer: Scorer
    settings: str
    rounds: int
    booster: str
    prepared: Prepared
    bound: tuple[int, ...]  # the direction each forest feature was held to
    out_of_fold: Floats  # probability of every row by models that did not see it
    weights: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class _Inner:
    """An inner fold: what was learnt on its rows, and the rows it did not see."""

    prepared: Prepared
    seen: tuple[Floats, Outcomes]
    unseen: tuple[Floats, Outcomes]
    places: Rows
    champion: Floats


def grown_times(rows: int) -> int:
    """Return how many times a fit of so many rows grows trees."""
    compared = _search_folds(rows)
    return len(searched(rows)) * compared + INNER_FOLDS - compared + 1


def fit(
    sheet: Sheet, rows: Rows, is_bad: Outcomes, plan: tuple[Spec, int], advance: Advance
) -> Fitted:
    """Return the fit of these rows; `is_bad` is of all rows of the sheet, `plan` spec and seed."""
    spec, seed = plan
    truth = is_bad[rows]
    inner = [_inner(sheet, rows, truth, (spec, seed), n) for n in range(INNER_FOLDS)]
    settings, grown = _search(inner, (spec, seed), advance)
    rounds = _rounds(grown)
    champion, trees = np.empty(len(rows)), np.empty(len(rows))
    for one, unfinished in zip(inner, grown, strict=True):
        champion[one.places] = one.champion
        trees[one.places] = unfinished.log_odds(one.unseen[0], min(rounds, len(unfinished.losses)))
    prepared = prepare(sheet.columns, rows, truth, spec)
    cells = take_rows(prepared.columns, sheet.columns, rows)
    whole = fit_champion(prepared.cuts, cells, truth)
    shift, slope = _calibrated([champion], truth)
    table = whole.table(shift, slope)
    mix, out_of_fold = _mixed(shift + slope * champion, trees, truth, spec)
    text = grow_whole(
        settings.parameters(prepared.directions, seed),
        _features(prepared, cells),
        truth,
        min(max(1, round(rounds * ROUNDS_GROWTH)), _most(spec)),
    )
    advance("whole")
    owners = [one.place for one in prepared.inputs]
    forest = Forest(read_trees(text), owners, len(prepared.columns))
    scorer = Scorer(prepared.columns, table, forest, prepared.inputs, mix)
    weights = tuple(
        (prepared.columns[whole.kept[used]].name, weight)
        for used, weight in zip(whole.fit.kept, whole.fit.weights, strict=True)
    )
    return Fitted(
        scorer=scorer,
        settings=settings.name,
        rounds=len(forest.trees),
        booster=text,
        prepared=prepared,
        bound=settings.bound(prepared.directions),
        out_of_fold=out_of_fold,
        weights=weights,
    )


def _inner(sheet: Sheet, rows: Rows, truth: Outcomes, plan: tuple[Spec, int], n: int) -> _Inner:
    spec, seed = plan
    fold = divide(truth, INNER_FOLDS, seed + 1)
    seen, unseen = np.flatnonzero(fold != n), np.flatnonzero(fold == n)
    prepared = prepare(sheet.columns, rows[seen], truth[seen], spec)
    cells = take_rows(prepared.columns, sheet.columns, rows[seen])
    judged = take_rows(prepared.columns, sheet.columns, rows[unseen])
    champion = fit_champion(prepared.cuts, cells, truth[seen])
    return _Inner(
        prepared,
        (_features(prepared, cells), truth[seen]),
        (_features(prepared, judged), truth[unseen]),
        unseen,
        champion.log_odds(judged),
    )


def _search_folds(rows: int) -> int:
    return INNER_FOLDS if rows < FEW_ROWS else SEARCH_FOLDS


def _features(prepared: Prepared, cells: Floats) -> Floats:
    return np.array([feature_of(one, cells[one.place]) for one in prepared.inputs])


def _most(spec: Spec) -> int:
    return ROUNDS_MAX if spec.trees is None else min(spec.trees, ROUNDS_MAX)


def _search(
    inner: list[_Inner], plan: tuple[Spec, int], advance: Advance
) -> tuple[Settings, list[Grown]]:
    """Return the settings of the least loss, and their trees on every inner fold."""
    spec, seed = plan

    def on(one: _Inner, settings: Settings) -> Grown:
        parameters = settings.parameters(one.prepared.directions, seed)
        grown = grow(parameters, *one.seen, one.unseen, _most(spec))
        advance(settings.name)
        return grown

    rows = sum(len(one.places) for one in inner)
    settings, compared = searched(rows), _search_folds(rows)
    tried = {one.name: [on(fold, one) for fold in inner[:compared]] for one in settings}
    best = min(settings, key=lambda one: (_loss(tried[one.name]), settings.index(one)))
    return best, tried[best.name] + [on(fold, best) for fold in inner[compared:]]


def _curve(grown: list[Grown]) -> Floats:
    length = min(len(one.losses) for one in grown)
    mean: Floats = np.mean([one.losses[:length] for one in grown], axis=0)
    return mean


def _loss(grown: list[Grown]) -> float:
    return float(_curve(grown).min())


def _rounds(grown: list[Grown]) -> int:
    return int(_curve(grown).argmin()) + 1


def _calibrated(log_odds: list[Floats], truth: Outcomes) -> list[float]:
    """Return the constant and the slopes that turn log-odds out of fold into probabilities."""
    return [float(one) for one in regress(np.column_stack(log_odds), truth, ridge=0.0)]


def _mixed(champion: Floats, trees: Floats, truth: Outcomes, spec: Spec) -> tuple[Mix, Floats]:
    """Return how the two engines are blended, and the answer's probability out of fold.

    One weight of a short list, by the loss out of fold: few rows cannot tell more apart.
    """
    shift, slope = _calibrated([trees], truth)
    offset = _offset(truth, spec)
    tried = []
    for weight in BLENDS:
        both = weight * champion + (1 - weight) * (shift + slope * trees)
        moved, stretch = _calibrated([both], truth)
        answer = moved + stretch * both
        # A blend costs the champion's arithmetic and a second story: it has to gain something.
        price = 0.0 if weight in {0.0, 1.0} else BLEND_GAIN_MIN
        tried.append((float(_losses(answer, truth).mean()) + price, weight, moved, stretch))
    _, weight, moved, stretch = min(tried)
    best = Mix(
        shift=moved + stretch * (1 - weight) * shift,
        champion=stretch * weight,
        challenger=stretch * (1 - weight) * slope,
        challenger_shift=shift,
        challenger_slope=slope,
        offset=offset,
    )
    return best, _chance(best.shift + best.champion * champion + best.challenger * trees)


def _offset(truth: Outcomes, spec: Spec) -> float:
    """Return what the true share of bad cases adds to the log-odds (prior correction)."""
    if spec.prior is None:
        return 0.0
    share = float(truth.mean())
    return math.log(spec.prior / (1 - spec.prior)) - math.log(share / (1 - share))


def _chance(log_odds: Floats) -> Floats:
    return 1.0 / (1.0 + np.exp(-log_odds))


def _losses(log_odds: Floats, truth: Outcomes) -> Floats:
    losses: Floats = np.logaddexp(0.0, np.where(truth, -log_odds, log_odds))
    return losses
