"""Trains depth-3 trees by LightGBM: a short list of settings, rounds by the unseen fold's loss.

LightGBM is needed to train only (extra `train`); what it made is read by `rules.forest`.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module, metadata
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tongtu.kernel.errors import NotReady
from tongtu.risk.rules.cells import Floats
from tongtu.risk.rules.forest import DEPTH, LEAVES

Outcomes = NDArray[np.bool_]

# Trees that together weigh this much and brought nothing come after the last useful one; on few
# rows the unseen loss is rough, and the last useful one is found late.
PATIENCE, PATIENCE_FEW = 3.0, 6.0
ROUNDS_MAX = 1_200
_FIXED: dict[str, Any] = {
    "objective": "binary",
    "verbosity": -1,
    "max_depth": DEPTH,
    "num_leaves": LEAVES,
    "bagging_freq": 1,
    # The same trees on every machine, and as many processor seconds as there is work.
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,
    "feature_pre_filter": False,
}


@dataclass(frozen=True, slots=True)
class Directions:
    """How risk moves with each forest feature (1, -1, 0: free): with those found, and as said."""

    found: tuple[int, ...]
    said: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Settings:
    """What is searched over: from strongly regularised to free."""

    name: str
    learning_rate: float
    leaf_rows_min: int
    feature_share: float
    row_share: float
    ridge: float
    is_bound: bool = True  # directions found in the rows hold; those a person said always do
    is_random: bool = False  # thresholds are drawn

    def bound(self, directions: Directions) -> tuple[int, ...]:
        """Return the directions the trees are held to."""
        return directions.found if self.is_bound else directions.said

    def parameters(self, directions: Directions, seed: int) -> dict[str, Any]:
        """Return them in LightGBM's words."""
        return _FIXED | {
            "learning_rate": self.learning_rate,
            "min_data_in_leaf": self.leaf_rows_min,
            "feature_fraction": self.feature_share,
            "bagging_fraction": self.row_share,
            "lambda_l2": self.ridge,
            "extra_trees": self.is_random,
            "monotone_constraints": list(self.bound(directions)),
            "seed": seed,
        }


# On few rows regularisation decides; on many a slower pace gains a little more.
FEW_ROWS = 10_000
_USUAL = Settings("usual", 0.05, 20, 0.5, 0.7, 5.0)
_UNBOUND = Settings("usual, unbound", 0.05, 20, 0.5, 0.7, 5.0, is_bound=False)
FOR_FEW = (
    Settings("calm", 0.05, 50, 0.3, 0.5, 20.0),
    _USUAL,
    _UNBOUND,
    Settings("free, unbound", 0.1, 5, 0.5, 0.8, 1.0, is_bound=False),
    Settings("drawn, unbound", 0.1, 5, 0.7, 0.9, 1.0, is_bound=False, is_random=True),
)
FOR_MANY = (
    _USUAL,
    _UNBOUND,
    Settings("fine, unbound", 0.025, 20, 0.5, 0.7, 5.0, is_bound=False),
)


def searched(rows: int) -> tuple[Settings, ...]:
    """Return the settings that are tried on so many rows."""
    return FOR_FEW if rows < FEW_ROWS else FOR_MANY


@dataclass(frozen=True, slots=True)
class Grown:
    """Trees after training with an unseen part: its loss and log-odds by round."""

    losses: Floats
    booster: Any

    def log_odds(self, features: Floats, rounds: int) -> Floats:
        """Return the log-odds of rows of features (features, rows) by the first rounds."""
        found: Floats = self.booster.predict(features.T, num_iteration=rounds, raw_score=True)
        return found


def library() -> Any:
    """Return LightGBM. Raises NotReady when the extra `train` is not installed."""
    try:
        return import_module("lightgbm")
    except ImportError:
        raise NotReady(
            "LightGBM is not installed: pip install 'tongtu[train]'", code="no_trainer"
        ) from None


def library_version() -> str:
    """Return the version of LightGBM."""
    return metadata.version("lightgbm")


def grow(
    parameters: dict[str, Any],
    features: Floats,
    is_bad: Outcomes,
    unseen: tuple[Floats, Outcomes],
    rounds_max: int = ROUNDS_MAX,
) -> Grown:
    """Train until the unseen rows gain nothing more, or the most rounds are done."""
    lightgbm = library()
    seen = lightgbm.Dataset(features.T, is_bad.astype(np.float64), params=parameters)
    judge = lightgbm.Dataset(unseen[0].T, unseen[1].astype(np.float64), reference=seen)
    losses: dict[str, Any] = {}
    patience = PATIENCE_FEW if len(is_bad) < FEW_ROWS else PATIENCE
    booster = lightgbm.train(
        parameters,
        seen,
        rounds_max,
        valid_sets=[judge],
        valid_names=["unseen"],
        callbacks=[
            lightgbm.early_stopping(round(patience / parameters["learning_rate"]), verbose=False),
            lightgbm.record_evaluation(losses),
        ],
    )
    return Grown(np.array(losses["unseen"]["binary_logloss"]), booster)


def grow_whole(parameters: dict[str, Any], features: Floats, is_bad: Outcomes, rounds: int) -> str:
    """Train that many rounds on all rows; return the text model."""
    lightgbm = library()
    data = lightgbm.Dataset(features.T, is_bad.astype(np.float64), params=parameters)
    booster = lightgbm.train(parameters, data, rounds)
    return str(booster.model_to_string())
