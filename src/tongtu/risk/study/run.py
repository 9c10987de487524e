"""A study: untouched folds (and a later time) judge the fit, then the fit is made on all rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tongtu.kernel.errors import BadInput
from tongtu.risk.rules.cells import Floats
from tongtu.risk.study.fit import Fitted, fit, grown_times
from tongtu.risk.study.folds import divide, later
from tongtu.risk.study.measures import Worth, worth
from tongtu.risk.study.preparation import take
from tongtu.risk.study.selection import Lines, draw_lines, judge_lines
from tongtu.risk.study.spec import Spec
from tongtu.risk.study.table import Cases

Outcomes = NDArray[np.bool_]
Rows = NDArray[np.int64]

FOLDS = 5
ENGINES = ("pd_champion", "pd_challenger", "pd")
ROWS_MIN = 300
OUTCOMES_MIN = 50
# LightGBM leaves Python's lock while it grows trees; each fit takes one thread.
WORKERS = 2


@dataclass(frozen=True, slots=True)
class Judged:
    """One untouched part: which rows, what every engine said, and the lines that were drawn."""

    rows: Rows
    answers: dict[str, Floats]
    is_bad: Outcomes
    lines: Lines
    settings: str


@dataclass(frozen=True, slots=True)
class Study:
    """The fit on all rows and what it is worth."""

    fitted: Fitted
    lines: Lines
    folds: tuple[Judged, ...]
    across: dict[str, Worth]
    later: dict[str, Worth]  # empty without a time column
    coverage: dict[str, Any]
    coverage_later: dict[str, Any] = field(default_factory=dict)
    held_out: int = 0  # rows that alone judge; 0: five folds do


def study(cases: Cases, spec: Spec, seed: int, advance: Callable[[str], None]) -> Study:
    """Return the study of a table; the same for the same rows, spec and seed.

    Raises:
        BadInput: too few rows or outcomes.
    """
    is_bad = cases.is_bad
    bad = int(is_bad.sum())
    if len(is_bad) < ROWS_MIN or min(bad, len(is_bad) - bad) < OUTCOMES_MIN:
        raise BadInput(
            f"a study needs {ROWS_MIN} rows and {OUTCOMES_MIN} of each outcome", code="few_rows"
        )
    everything = np.arange(len(is_bad))
    fold = divide(is_bad, FOLDS, seed)
    parts = [(np.flatnonzero(fold != n), np.flatnonzero(fold == n)) for n in range(FOLDS)]
    if cases.time is not None:
        held = later(cases.time)
        parts.append((np.flatnonzero(~held), np.flatnonzero(held)))
    # The prior moves the final model only: folds are judged at the table's own share.
    plain = replace(spec, prior=None)

    def judge(part: tuple[Rows, Rows]) -> Judged:
        fitted = fit(cases.sheet, part[0], is_bad, (plain, seed), advance)
        return _judged(cases, fitted, *part)

    with ThreadPoolExecutor(WORKERS) as pool:
        whole = pool.submit(fit, cases.sheet, everything, is_bad, (spec, seed), advance)
        judged = list(pool.map(judge, parts))
        fitted = whole.result()
    folds = judged[:FOLDS]
    return Study(
        fitted,
        draw_lines(fitted.out_of_fold, is_bad),
        tuple(folds),
        _worths(folds),
        _worths(judged[FOLDS:]),
        _coverage(folds),
        _coverage(judged[FOLDS:]),
    )


def study_once(
    cases: Cases, held: Outcomes, plan: tuple[Spec, int], advance: Callable[[str], None]
) -> Study:
    """Return the study of the rows not held out, judged on those that are; one fit, no folds."""
    seen, unseen = np.flatnonzero(~held), np.flatnonzero(held)
    fitted = fit(cases.sheet, seen, cases.is_bad, plan, advance)
    judged = _judged(cases, fitted, seen, unseen)
    lines = draw_lines(fitted.out_of_fold, cases.is_bad[seen])
    return Study(
        fitted, lines, (judged,), _worths([judged]), {}, _coverage([judged]), held_out=len(unseen)
    )


def steps(cases: Cases) -> int:
    """Return how many times a study calls `advance`."""
    rows = len(cases.is_bad)
    sizes = [rows, *[rows - rows // FOLDS] * FOLDS]
    if cases.time is not None:
        sizes.append(int((~later(cases.time)).sum()))
    return sum(map(grown_times, sizes))


def _judged(cases: Cases, fitted: Fitted, seen: Rows, unseen: Rows) -> Judged:
    table = {name: take(values, unseen) for name, values in cases.sheet.columns.items()}
    answers = fitted.scorer.score_table(table)
    lines = draw_lines(fitted.out_of_fold, cases.is_bad[seen])
    said = {engine: getattr(answers, engine) for engine in ENGINES}
    return Judged(unseen, said, cases.is_bad[unseen], lines, fitted.settings)


def _worths(judged: Sequence[Judged]) -> dict[str, Worth]:
    if not judged:
        return {}
    return {
        engine: worth([(one.answers[engine], one.is_bad) for one in judged]) for engine in ENGINES
    }


def _coverage(judged: Sequence[Judged]) -> dict[str, Any]:
    if not judged:
        return {}
    return judge_lines([(one.answers["pd"], one.is_bad, one.lines) for one in judged])
