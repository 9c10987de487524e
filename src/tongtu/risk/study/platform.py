"""The platform's own applications as a table of cases: what a challenger learns from."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import numpy as np

from tongtu.risk.rules.cells import Values, Words
from tongtu.risk.rules.features import STATED_FEATURES, UNKNOWN, assemble
from tongtu.risk.study.table import Cases, Sheet


def platform_cases(facts: Sequence[Mapping[str, object]], is_bad: Sequence[bool]) -> Cases:
    """Return the cases of stated facts with their outcomes: a column a feature of the platform.

    Raises:
        BadInput: a fact is missing or malformed.
    """
    rows = np.array([assemble(one) for one in facts], np.int64)[:, : len(STATED_FEATURES)]
    outcomes = np.array(is_bad, np.bool_)
    columns: dict[str, Values] = {}
    for feature, values in zip(STATED_FEATURES, rows.T, strict=True):
        if feature.words:
            columns[feature.name] = Words(feature.words, values)
        else:
            columns[feature.name] = np.where(values == UNKNOWN, np.nan, values.astype(np.float64))
    digest = hashlib.sha256(rows.tobytes() + outcomes.tobytes()).hexdigest()
    return Cases(Sheet(columns, {}, len(rows), digest), outcomes, None)
