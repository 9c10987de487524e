"""The only door of pricing: grids, experiments, what they taught."""

from tongtu.pricing.model import (
    ALLOWED,
    FORBIDDEN,
    BadGrid,
    Cost,
    Experiment,
    ForbiddenFeature,
    Grid,
    Shown,
    Steps,
    check_features,
)
from tongtu.pricing.rules.evaluation import Estimate, Log, doubly_robust, ips, snips
from tongtu.pricing.rules.experiment import check_experiment, grid_of, lowered, show
from tongtu.pricing.rules.grid import check_grid, floor_ppm, price
from tongtu.pricing.rules.learning import GridLearner

__all__ = [
    "ALLOWED",
    "FORBIDDEN",
    "BadGrid",
    "Cost",
    "Estimate",
    "Experiment",
    "ForbiddenFeature",
    "Grid",
    "GridLearner",
    "Log",
    "Shown",
    "Steps",
    "check_experiment",
    "check_features",
    "check_grid",
    "doubly_robust",
    "floor_ppm",
    "grid_of",
    "ips",
    "lowered",
    "price",
    "show",
    "snips",
]
