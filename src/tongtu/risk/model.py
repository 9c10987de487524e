"""What a score is and what a model file must be. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tongtu.kernel.errors import Broken, NotReady

# More reasons than this tell a person nothing (pack rule ADV-01).
REASONS_MAX = 4
BANDS = 8
# A band holds the probabilities below its line; band 0 is the safest, band 7 has no upper line.
BAND_LINES_PPM = (40_000, 80_000, 130_000, 200_000, 280_000, 380_000, 520_000)


class BadModel(Broken):
    """A model file that cannot be read or does not match its hash; nobody is scored by it."""

    default_code = "bad_model"


class NoModel(NotReady):
    """No model was trained yet: `tongtu train` makes one."""

    default_code = "no_model"


class Status(StrEnum):
    """Where a model stands."""

    DRAFT = "draft"
    SHADOW = "shadow"  # the challenger: scores every decision and decides none
    CHAMPION = "champion"
    RETIRED = "retired"


class RuleStatus(StrEnum):
    """Where changed rules stand."""

    DRAFT = "draft"
    SHADOW = "shadow"  # judged beside every decision, and never acts
    PUBLISHED = "published"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class Move:
    """A model's step from one status to another; without an approval it followed another step."""

    model: str
    before: Status
    after: Status
    approval: int | None
    why: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Score:
    """Points (more is safer), probability of going bad, and what cost points, dearest first."""

    points: int
    pd_ppm: int
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ScoreBatch:
    """Scores by column. `reasons` holds places in the scorecard's `reason_codes`; -1 = none."""

    points: NDArray[np.int64]
    pd_ppm: NDArray[np.int64]
    reasons: NDArray[np.int64]  # (rows, 4)


@dataclass(frozen=True, slots=True)
class Model:
    """A registered model: its hash names its files, its manifest tells where it is from."""

    hash: str
    kind: str  # points_table, study
    status: Status
    manifest: Mapping[str, Any]
    registered_at: datetime
    activated_at: datetime | None


def band(pd_ppm: int) -> int:
    """Return 0 (safest) to 7 for a probability in ppm."""
    return sum(pd_ppm >= line for line in BAND_LINES_PPM)


def bands(pd_ppm: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the band of each probability, as `band` does."""
    return np.searchsorted(np.array(BAND_LINES_PPM), pd_ppm, side="right").astype(np.int64)


@dataclass(frozen=True, slots=True)
class ListEntry:
    """One entry of a list: a keyed hash, or a sealed name. Two persons put it there."""

    id: int
    list: str  # deny, watch, allow
    kind: str  # a kind of key, or "name"
    key: int
    sealed: bytes | None
    why: str
    approval: int
    added_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked, of whom, for what, and by which consent."""

    cell: int
    id: int
    party: int
    informant: str
    purpose: str
    consent_version: str
    asked_at: datetime
