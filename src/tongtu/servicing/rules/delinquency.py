"""How late a loan is, and what follows from it: buckets, five-class grades, stages, cures. Pure.

There is one measure: the days since the oldest instalment that is not paid in full, without the
days that were paused. Part of an instalment paid changes nothing; the whole of it does. What the
days mean is data (`Standards`, from the policy pack).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import IntEnum, unique

import numpy as np
import numpy.typing as npt

from tongtu.servicing.rules.snapshot import Ints

ONE_DAY = timedelta(days=1)
BUCKETS_MAX = 15


@unique
class Grade(IntEnum):
    """The five classes of a loan; from SUBSTANDARD on it is non-performing."""

    PASS = 0
    SPECIAL_MENTION = 1
    SUBSTANDARD = 2
    DOUBTFUL = 3
    LOSS = 4


@dataclass(frozen=True, slots=True)
class OverduePause:
    """Days that do not count as overdue, both included."""

    first_on: date
    last_on: date


@dataclass(frozen=True, slots=True)
class Standards:
    """From how many overdue days on what holds, and how long a cure takes, in days on time."""

    bucket_from: tuple[int, ...]
    grade_from: tuple[int, int, int, int]  # special mention, substandard, doubtful, loss
    stage_from: tuple[int, int]  # stages 2 and 3
    cure_non_performing_days: int
    cure_stage_2_days: int
    cure_stage_3_days: int

    def __post_init__(self) -> None:
        for bounds in (self.bucket_from, self.grade_from, self.stage_from):
            is_rising = list(bounds) == sorted(set(bounds)) and min(bounds, default=0) >= 1
            if not is_rising or len(bounds) > BUCKETS_MAX:
                raise ValueError(f"bounds of overdue days do not rise: {bounds}")


@dataclass(frozen=True, slots=True)
class Standing:
    """How loans stand, one array a figure. `clean_since` is an ordinal, 0 for none.

    A loan whose figures are all 0 (stage counted from 0) is on time and holds nothing worse.
    """

    bucket: Ints
    grade: Ints
    stage: Ints
    clean_since: Ints

    def packed(self) -> Ints:
        """Return one int a loan; 0 is the best of all standings."""
        packed: Ints = self.clean_since << 12 | self.stage << 8 | self.grade << 4 | self.bucket
        return packed

    @classmethod
    def unpack(cls, packed: Ints) -> Standing:
        """Return what `packed` wrote."""
        return cls(packed & 15, packed >> 4 & 15, packed >> 8 & 15, packed >> 12)


def pack_standing(bucket: int, grade: int, stage: int, clean_since: date | None) -> int:
    """Return how one loan stands as `Standing.packed` has it; stages are counted from 1."""
    since = clean_since.toordinal() if clean_since else 0
    return since << 12 | (stage - 1) << 8 | grade << 4 | bucket


def overdue_days(oldest_due: date | None, as_of: date, pauses: Iterable[OverduePause] = ()) -> int:
    """Return the days after the oldest unpaid due date up to `as_of`, without the paused ones."""
    if oldest_due is None or oldest_due >= as_of:
        return 0
    return (as_of - oldest_due).days - len(
        {
            day
            for pause in pauses
            for day in _days(max(pause.first_on, oldest_due + ONE_DAY), min(pause.last_on, as_of))
        }
    )


def judge(standards: Standards, before: Standing, dpd: Ints, day: int) -> Standing:
    """Return how loans stand at the end of `day` (an ordinal), from how they stood before it.

    A grade of non-performing, and a stage, is left only after so many days on time as the standard
    asks (0: at once, as the days say); until then no better one is given.
    """
    is_clean = dpd == 0
    since = np.where(before.clean_since > 0, before.clean_since, day)
    clean_days = np.where(is_clean, day - since, -1)
    grade = np.searchsorted(standards.grade_from, dpd, side="right").astype(np.int64)
    is_held = (before.grade >= Grade.SUBSTANDARD) & _waits(
        clean_days, standards.cure_non_performing_days
    )
    grade = np.where(is_held, np.maximum(grade, Grade.SUBSTANDARD), grade)
    stage = np.searchsorted(standards.stage_from, dpd, side="right").astype(np.int64)
    for held, cure_days in ((1, standards.cure_stage_2_days), (2, standards.cure_stage_3_days)):
        is_held = (before.stage == held) & _waits(clean_days, cure_days)
        stage = np.where(is_held, np.maximum(stage, held), stage)
    waits = is_clean & ((grade > 0) | (stage > 0))
    return Standing(
        bucket=np.searchsorted(standards.bucket_from, dpd, side="right").astype(np.int64),
        grade=grade,
        stage=stage,
        clean_since=np.where(waits, since, 0),
    )


def _waits(clean_days: Ints, cure_days: int) -> npt.NDArray[np.bool_]:
    return (clean_days < cure_days) & (cure_days > 0)


def _days(first: date, last: date) -> Iterable[date]:
    return (first + timedelta(days=offset) for offset in range((last - first).days + 1))
