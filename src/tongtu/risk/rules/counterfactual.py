"""What would change the answer: the smallest allowed change of one or two columns.

Only columns a person can act on, only in the direction they can be moved, only to values that
training saw. Every proposal is verified by scoring the changed record.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from tongtu.kernel.errors import BadInput
from tongtu.risk.rules.scorer import Scorer

UP, DOWN, ANY = "up", "down", "any"
# So many values a column are tried at most, from the nearest on.
STEPS_MAX = 24
# More columns at once would be no advice a person can follow.
COLUMNS_AT_ONCE_MAX = 2


@dataclass(frozen=True, slots=True)
class Lever:
    """A column that can be changed: which way, and the values it may take, ascending."""

    column: str
    change: str
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """A column's value now and as proposed; `steps` is how many values lie on the way."""

    column: str
    now: float
    then: float
    steps: int


@dataclass(frozen=True, slots=True)
class Counterfactual:
    """Changes that together alter the answer, and the probability after them."""

    changes: tuple[Change, ...]
    pd: float


def levers_of(scorer: Scorer, changes: Mapping[str, str]) -> tuple[Lever, ...]:
    """Return levers of columns (name -> way): their values are where the model's answer can move.

    Raises:
        BadInput: the model does not read such a column.
    """
    places = {one.name: place for place, one in enumerate(scorer.columns)}
    unknown = sorted(set(changes) - set(places))
    if unknown:
        raise BadInput(f"the model does not read {', '.join(unknown)}", code="bad_lever")
    lines: dict[int, set[float]] = {places[name]: set() for name in changes}
    for part in scorer.table.parts:
        lines.get(part.place, set()).update(part.lows)
    for tree in scorer.forest.trees:
        for feature, threshold in zip(tree.features, tree.thresholds, strict=True):
            if not scorer.inputs[feature].is_kind:
                lines.get(scorer.inputs[feature].place, set()).add(threshold)
    return tuple(
        Lever(name, change, tuple(sorted(filter(math.isfinite, lines[places[name]]))))
        for name, change in changes.items()
    )


def find_counterfactual(
    scorer: Scorer,
    record: Mapping[str, object],
    levers: Sequence[Lever],
    is_accepted: Callable[[float], bool],
) -> Counterfactual | None:
    """Return the change of fewest columns, then of fewest steps, that is accepted; None: none is.

    `is_accepted` tells of a probability whether the answer would be another one. None too when
    the record is accepted as it stands.

    Raises:
        BadInput: a lever moves a column the model does not read, or words.
    """
    if is_accepted(scorer.score(record).pd):
        return None
    moves = [_moves(scorer, record, lever) for lever in levers]
    for count in range(1, COLUMNS_AT_ONCE_MAX + 1):
        found = _best(scorer, record, [m for m in moves if m], (count, is_accepted))
        if found is not None:
            return found
    return None


def _moves(scorer: Scorer, record: Mapping[str, object], lever: Lever) -> list[Change]:
    """Return the allowed values of a column, the nearest first."""
    column = next((one for one in scorer.columns if one.name == lever.column), None)
    if column is None or column.ranks or lever.change not in {UP, DOWN, ANY}:
        raise BadInput(f"{lever.column} is no number that can be moved", code="bad_lever")
    now = column.read(record[lever.column])
    if math.isnan(now):
        return []  # what is unknown cannot be moved
    above = [value for value in lever.values if value > now]
    below = [value for value in reversed(lever.values) if value < now]
    ways = {UP: [above], DOWN: [below], ANY: [above, below]}[lever.change]
    return [
        Change(lever.column, now, value, steps)
        for way in ways
        for steps, value in enumerate(way[:STEPS_MAX], start=1)
    ]


def _best(
    scorer: Scorer,
    record: Mapping[str, object],
    moves: Sequence[Sequence[Change]],
    rule: tuple[int, Callable[[float], bool]],
) -> Counterfactual | None:
    count, is_accepted = rule
    plans = [plan for columns in combinations(moves, count) for plan in _product(columns)]
    # Fewest steps first; among equals the order of the levers decides.
    plans.sort(key=lambda plan: sum(one.steps for one in plan))
    for plan in plans:
        pd = scorer.score({**record, **{one.column: one.then for one in plan}}).pd
        if is_accepted(pd):
            return Counterfactual(plan, pd)
    return None


def _product(columns: Sequence[Sequence[Change]]) -> list[tuple[Change, ...]]:
    plans: list[tuple[Change, ...]] = [()]
    for column in columns:
        plans = [(*plan, change) for plan in plans for change in column]
    return plans
