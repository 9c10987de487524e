"""What hidden outcomes would cost: a stress of reject inference, never a part of the model.

Half of the rows teach a first champion; the riskiest of the rest, by it, are taken as refused, so
their outcomes are hidden. A champion of the accepted ones alone, and two that guess the hidden
outcomes, are then measured on rows of both kinds, whose outcomes are known here after all.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tongtu.risk.rules.cells import Floats
from tongtu.risk.study.champion import fit_champion
from tongtu.risk.study.folds import divide
from tongtu.risk.study.preparation import prepare, take_rows
from tongtu.risk.study.spec import Spec
from tongtu.risk.study.table import Cases
from tongtu.risk.training.metrics import measure

Outcomes = NDArray[np.bool_]
Rows = NDArray[np.int64]

PARTS = 4  # two teach the first champion, one the compared ones, one judges
REFUSED_SHARE = 0.1
# Guessed odds of going bad of the refused, as a multiple of what the accepted ones' model says.
GUESSES = (1.0, 2.0)


def reject_stress(cases: Cases, spec: Spec, seed: int) -> list[dict[str, Any]]:
    """Return AUC and calibration error of champions with outcomes known, hidden and guessed."""
    part = divide(cases.is_bad, PARTS, seed + 2)
    first, learning, judged = (np.flatnonzero(part <= 1), np.flatnonzero(part == 2), part == 3)
    unseen = np.flatnonzero(judged)
    lender = _Champion(cases, first, cases.is_bad[first], spec)
    risk = lender.log_odds(learning)
    is_refused = risk >= np.quantile(risk, 1 - REFUSED_SHARE)
    accepted, refused = learning[~is_refused], learning[is_refused]
    truth = cases.is_bad
    blind = _Champion(cases, accepted, truth[accepted], spec)
    found = [
        ("all outcomes", _Champion(cases, learning, truth[learning], spec)),
        ("accepted ones only", blind),
    ]
    draw = np.random.default_rng(seed + 3)  # house: seam - the seed is part of a study
    for odds in GUESSES:
        guessed = draw.random(len(refused)) < _chance(blind.log_odds(refused) + np.log(odds))
        rows = np.concatenate([accepted, refused])
        outcomes = np.concatenate([truth[accepted], guessed])
        name = f"refused ones guessed at {odds:g} x the odds"
        found.append((name, _Champion(cases, rows, outcomes, spec)))
    return [_written(name, one, unseen, truth[unseen]) for name, one in found]


class _Champion:
    """A champion of some rows, asked about others."""

    def __init__(self, cases: Cases, rows: Rows, outcomes: Outcomes, spec: Spec) -> None:
        self.columns = cases.sheet.columns
        self.prepared = prepare(self.columns, rows, outcomes, spec)
        cells = take_rows(self.prepared.columns, self.columns, rows)
        self.champion = fit_champion(self.prepared.cuts, cells, outcomes)

    def log_odds(self, rows: Rows) -> Floats:
        return self.champion.log_odds(take_rows(self.prepared.columns, self.columns, rows))


def _written(name: str, one: _Champion, rows: Rows, is_bad: Outcomes) -> dict[str, Any]:
    worth = measure(_chance(one.log_odds(rows)), is_bad)
    return {
        "name": name,
        "auc": round(worth.auc, 6),
        "calibration_error": round(worth.calibration_error, 6),
    }


def _chance(log_odds: Floats) -> Floats:
    return 1.0 / (1.0 + np.exp(-log_odds))
