"""Scores the rows of a file into another file; a refused table writes nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from tongtu.kernel.errors import BadInput
from tongtu.risk.rules.scorer import Answers, Scorer
from tongtu.risk.study.table import read_sheet, read_values

BETWEEN_REASONS = ";"


def score_file(
    scorer: Scorer, table: Path, out: Path, *, reasons: bool
) -> tuple[int, tuple[str, ...]]:
    """Write row, pd_champion, pd_challenger, pd, score, reasons; return rows and ignored columns.

    A column the model does not read is ignored. Reasons are column names, dearest first.

    Raises:
        BadInput: the table lacks a column (`missing_column`) or one is of another type
            (`wrong_type`); it cannot be read, or the result cannot be written.
    """
    frame, _ = read_sheet(table)
    kinds = {one.name: "word" if one.ranks else "number" for one in scorer.columns}
    values = {
        name: read_values(frame[name], kind)
        for name, kind in kinds.items()
        if name in frame.columns
    }
    answers = scorer.score_table(values, reasons=reasons)
    scored = _frame(scorer, answers)
    partial = out.with_name(f"{out.name}.partial")
    try:
        if out.suffix == ".parquet":
            scored.write_parquet(partial)
        else:
            scored.write_csv(partial)
        partial.replace(out)
    except OSError as error:
        raise BadInput(f"{out.name} cannot be written", code="not_writable") from error
    return scored.height, tuple(name for name in frame.columns if name not in kinds)


def _frame(scorer: Scorer, answers: Answers) -> pl.DataFrame:
    names = np.array([*[one.name for one in scorer.columns], ""])
    told = [BETWEEN_REASONS.join(names[row[row >= 0]].tolist()) for row in answers.reasons]
    return pl.DataFrame(
        {
            "row": np.arange(len(answers.pd)),
            "pd_champion": answers.pd_champion,
            "pd_challenger": answers.pd_challenger,
            "pd": answers.pd,
            "score": answers.score,
            "reasons": pl.Series(told, dtype=pl.String),
        }
    )
