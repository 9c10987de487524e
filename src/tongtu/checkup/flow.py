"""The audit of a book from its file to what was found, in steps that tell how far they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from tongtu.checkup.model import BadMapping, Book, Columns, Flags, Floats, Ints, Role
from tongtu.checkup.rules.cause import Unequal, causes
from tongtu.checkup.rules.guess import SAMPLE, Look, guess
from tongtu.checkup.rules.law import Laid, lay
from tongtu.checkup.rules.ranking import Compared, compare
from tongtu.checkup.rules.recomputation import Recomputed, recompute
from tongtu.checkup.store import numbers_of, read_book, read_frame
from tongtu.kernel.errors import BadInput
from tongtu.policy.api import Pack
from tongtu.risk.api import cases_of, later, measure, parse_spec, study_once

# Fewer bad loans on either side of the day that parts them teach and prove nothing.
BAD_EARLIER_MIN, BAD_LATER_MIN = 30, 10
TREES_MAX = 100
SEED = 0
# A column that alone tells earlier outcomes so well is known only after them.
LEAK_AUC = 0.95
Advance = Callable[[str, int], None]


@dataclass(frozen=True, slots=True)
class Asking:
    """What an audit is asked: the law, the day of "as if granted today", whether to learn."""

    pack: Pack
    as_of: date
    is_learning: bool = True


@dataclass(frozen=True, slots=True)
class Audit:
    """Everything that was found in a book."""

    book: Book
    columns: Columns
    asking: Asking
    recomputed: Recomputed
    unequal: Sequence[Unequal]
    on_their_days: Laid
    as_if_now: Laid
    ranking: Compared | None
    no_ranking: str  # why there is none
    left_out: Mapping[str, str]


def guess_columns(path: Path) -> Columns:
    """Return the mapping a book suggests by names, values and arithmetic. Raises BadInput."""
    frame, _ = read_frame(path)
    sample = frame.head(SAMPLE)
    looks = [
        Look(series.name, numbers_of(series), _words(series))
        for series in sample
        if not (series.dtype.is_nested() or series.dtype.is_temporal())
    ]
    dated = [series for series in sample if series.dtype.is_temporal()]
    nothing = np.full(sample.height, np.nan)
    return guess([*looks, *[Look(series.name, nothing, _words(series)) for series in dated]])


def audit(path: Path, columns: Columns, asking: Asking, advance: Advance) -> Audit:
    """Return what a book holds; `advance` hears each step's name and how many loans it did.

    Raises:
        BadInput: the file or its mapping cannot be used; the message says what to do next.
    """
    told = read_frame(path)
    book, good = read_book(path.name, told, columns)
    advance("read", len(book))
    recomputed = recompute(book, lambda loans: advance("recomputed", loans))
    unequal = causes(book, recomputed)
    on_their_days = lay(asking.pack, book, columns, recomputed, None)
    as_if_now = lay(asking.pack, book, columns, recomputed, asking.as_of)
    advance("law", len(book))
    ranking, why, left_out = None, "not asked", dict(columns.leave_out)
    if asking.is_learning:
        try:
            ranking, left_out = _rank((told[0].filter(good), told[1]), book, columns)
            why = ""
        except BadInput as reason:
            why = reason.detail
    advance("ranking", len(book))
    return Audit(
        book, columns, asking, recomputed, unequal, on_their_days, as_if_now, ranking, why, left_out
    )


def _rank(
    told: tuple[pl.DataFrame, str], book: Book, columns: Columns
) -> tuple[Compared, dict[str, str]]:
    """Learn from the earlier loans, rank the later ones by their score and by ours."""
    frame, sha256 = told
    for role in (Role.OUTCOME, Role.SCORE, Role.START):
        if not columns.told(role):
            raise BadMapping(f"no column tells the {role}: name it in the mapping's [columns]")
    outcomes = frame[columns.columns[Role.OUTCOME]].cast(pl.String).fill_null("")
    is_bad = outcomes.is_in(list(columns.bad)).to_numpy()
    assert book.start is not None
    time = np.array([float(day.toordinal()) for day in book.start])
    held = later(time)
    counts = int(is_bad[~held].sum()), int(is_bad[held].sum())
    if counts[0] < BAD_EARLIER_MIN or counts[1] < BAD_LATER_MIN or is_bad[held].all():
        raise BadInput(
            f"{counts[0]} bad loans before and {counts[1]} after the day that parts them are too"
            f" few: {BAD_EARLIER_MIN} and {BAD_LATER_MIN} are needed; see [outcome] bad"
        )
    theirs = _score(frame[columns.columns[Role.SCORE]], columns.is_higher_riskier)
    left_out = dict(columns.leave_out) | _leaks(frame, columns, is_bad & ~held, ~held)
    kept = frame.drop([name for name in left_out if name in frame.columns])
    spec = parse_spec({"trees": TREES_MAX})
    cases = cases_of(kept, is_bad, spec, sha256)
    found = study_once(cases, held, (spec, SEED), lambda _: None)
    ours = found.folds[0].answers["pd"]
    left_out |= cases.sheet.left_out
    compared = compare(theirs[held], ours, is_bad[held], book.principal[held])
    return compared, left_out


def _leaks(frame: pl.DataFrame, columns: Columns, bad: Flags, seen: Flags) -> dict[str, str]:
    """Return the columns that alone tell the earlier outcomes, which none known before could."""
    found: dict[str, str] = {}
    for series in frame:
        if series.name in columns.leave_out or not series.dtype.is_numeric():
            continue
        numbers = np.nan_to_num(numbers_of(series)[seen], nan=-1.0)
        area = measure(numbers, bad[seen]).auc
        if max(area, 1 - area) > LEAK_AUC:
            found[series.name] = f"alone tells the outcome (AUC {max(area, 1 - area):.3f})"
    return found


def _score(series: pl.Series, is_higher_riskier: bool) -> Floats:
    """Return their score as numbers that rise with risk; a loan without one counts as riskiest."""
    numbers = numbers_of(series)
    if np.isnan(numbers).mean() > 0.1:
        numbers = _places(series.cast(pl.String))
    risk = numbers if is_higher_riskier else -numbers
    return np.where(np.isnan(risk), np.inf, risk)


def _places(series: pl.Series) -> Floats:
    words = sorted(series.drop_nulls().unique().to_list())
    places = {word: float(n) for n, word in enumerate(words)}
    return np.array([places.get(word, float("nan")) for word in series.to_list()])


def _words(series: pl.Series) -> Sequence[str]:
    return [str(word) for word in series.cast(pl.String).fill_null("").to_list()]


def sum_minor(values: Ints) -> int:
    """Return a sum of money of many loans, exactly."""
    return sum(values.tolist())
