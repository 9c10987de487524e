"""Whether groups of people are treated alike: approval ratio and equal opportunity. Pure.

The protected attributes are read from the public table apart from the applications (`read_groups`);
no application carries them, so nothing that decides can see them.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

# A group of fewer people says nothing; the rule of four fifths is the usual line of a ratio.
PEOPLE_MIN = 30
RATIO_MIN = 0.8
AGE_LINES = (30, 45)  # years: below the first, between, above
MARITAL = {"single": "single", "married": "married"}
OTHER = "other"


@dataclass(frozen=True, slots=True)
class Treated:
    """A group: approved of all, and of those whose real outcome was good."""

    name: str
    people: int
    approved: int
    good: int
    good_approved: int

    @property
    def approval(self) -> float:
        """Share of the group that got offers."""
        return self.approved / self.people

    @property
    def opportunity(self) -> float:
        """Share of its good payers that got offers (the true positive rate)."""
        return self.good_approved / self.good


@dataclass(frozen=True, slots=True)
class Fairness:
    """An attribute's groups; ratio and gap are between the least and the most approved."""

    attribute: str
    groups: tuple[Treated, ...]

    @property
    def ratio(self) -> float:
        """Least approval over most approval; 1 is alike."""
        shares = [one.approval for one in self.groups]
        return min(shares) / max(shares) if max(shares) else 1.0

    @property
    def gap(self) -> float:
        """Most less least opportunity of good payers; 0 is alike."""
        shares = [one.opportunity for one in self.groups]
        return max(shares) - min(shares)


def read_groups(path: Path) -> dict[str, dict[int, str]]:
    """Return the group of each row of the public table, by attribute."""
    groups: dict[str, dict[int, str]] = {"age": {}, "marital state": {}}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            number = int(row["rownames"])
            groups["age"][number] = _age(int(row["Age"]))
            groups["marital state"][number] = MARITAL.get(row["Marital"], OTHER)
    return groups


def judge(
    groups: Mapping[str, Mapping[int, str]], people: Sequence[tuple[int, bool, bool]]
) -> list[Fairness]:
    """Return how each attribute's groups were treated; people are (row, approved, good).

    Groups of fewer than PEOPLE_MIN people, or without a good payer, are left out.
    """
    found = []
    for attribute, of in groups.items():
        by_group: dict[str, list[tuple[bool, bool]]] = {}
        for row, is_approved, is_good in people:
            if row in of:
                by_group.setdefault(of[row], []).append((is_approved, is_good))
        treated = [_treated(name, rows) for name, rows in sorted(by_group.items())]
        kept = tuple(one for one in treated if one.people >= PEOPLE_MIN and one.good)
        if len(kept) > 1:
            found.append(Fairness(attribute, kept))
    return found


def _treated(name: str, rows: Sequence[tuple[bool, bool]]) -> Treated:
    return Treated(
        name,
        people=len(rows),
        approved=sum(is_approved for is_approved, _ in rows),
        good=sum(is_good for _, is_good in rows),
        good_approved=sum(is_approved and is_good for is_approved, is_good in rows),
    )


def _age(years: int) -> str:
    young, old = AGE_LINES
    if years < young:
        return f"under {young}"
    return f"{young} to {old}" if years <= old else f"over {old}"
