"""`PYTHONPATH=src python -m bench.credit FOLDER`: what a study of each public table is worth.

FOLDER holds NAME/train.parquet with the label `y` (1 bad); tables that are not there are told. Each
is studied as `tongtu train --table` does without a spec: five outer folds judge whole fits that
never saw them, or the last whole periods where the table has a time. Nothing of a row is kept.
Exit 1 when a table that is there misses its goal.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tongtu.risk.api import Spec, dossier, read_cases, study

SEED = 0
ECE_GOAL = 0.015


@dataclass(frozen=True, slots=True)
class Goal:
    """What a table's best engine must reach, and how near the points table stays to it."""

    auc: float
    card_within: float = 0.02
    has_ece_goal: bool = False
    time_column: str | None = None


GOALS = {
    "taiwan": Goal(0.782, has_ece_goal=True),
    "gmsc": Goal(0.865, has_ece_goal=True),
    "heloc": Goal(0.79),
    "hmeq": Goal(0.95, card_within=0.04),
    "spain4454": Goal(0.84, card_within=0.04),
    "german": Goal(0.77),
    "lendingclub2018_bymonth": Goal(0.725, time_column="issue_month"),
}


def main() -> int:
    """Study the tables one after another, print one line for each, compare with the goals."""
    parser = argparse.ArgumentParser(prog="bench.credit", description=__doc__)
    parser.add_argument("folder", type=Path, help="folder of NAME/train.parquet")
    parser.add_argument("--only", nargs="*", choices=sorted(GOALS), help="these tables alone")
    arguments = parser.parse_args()
    shown = _heads()
    missed: list[str] = []
    for name in arguments.only or GOALS:
        path = arguments.folder / name / "train.parquet"
        if not path.is_file():
            print(f"{name}: not in {arguments.folder}", file=sys.stderr)
            continue
        begun = time.process_time()
        summary = _studied(path, GOALS[name])
        lacks = _missed(summary, GOALS[name])
        missed += [f"{name}: {lack}" for lack in lacks]
        seconds = time.process_time() - begun
        shown.add_row(name, *_cells(summary, GOALS[name], seconds), ", ".join(lacks) or "met")
        print(f"{name}: {seconds:.0f} s of processor", file=sys.stderr)
    Console(width=200).print(shown)
    return 1 if missed else 0


def _studied(path: Path, goal: Goal) -> Mapping[str, Any]:
    spec = Spec()
    cases = read_cases(path, "y", spec, goal.time_column)
    found = study(cases, spec, SEED, lambda _: None)
    return dossier(cases, found, spec, SEED).summary


def _judged(summary: Mapping[str, Any], goal: Goal) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Return (worth of each engine, coverage) on the rows the goal speaks of."""
    if goal.time_column:
        return summary["out_of_time"], summary["coverage_out_of_time"]
    return summary["cross_validated"], summary["coverage"]


def _missed(summary: Mapping[str, Any], goal: Goal) -> list[str]:
    worths, _ = _judged(summary, goal)
    best = max(one["auc"] for one in worths.values())
    lacks = []
    if best < goal.auc:
        lacks.append(f"AUC {best:.4f} < {goal.auc}")
    if best - worths["pd_champion"]["auc"] > goal.card_within:
        lacks.append(f"points table more than {goal.card_within} behind")
    if goal.has_ece_goal and worths["pd"]["calibration_error"] > ECE_GOAL:
        lacks.append(f"ECE > {ECE_GOAL}")
    return lacks


def _heads() -> Table:
    table = Table(title="studies without a spec, seed 0; coverage: cases decided at 95 % right")
    for name in (
        "table", "rows", "champion AUC", "challenger", "answer", "goal", "KS", "Brier", "ECE",
        "majority", "decided", "right", "at least (Wilson)", "CPU s", "verdict",
    ):  # fmt: skip
        table.add_column(name, justify="left" if name in ("table", "verdict") else "right")
    return table


def _cells(summary: Mapping[str, Any], goal: Goal, seconds: float) -> list[str]:
    worths, coverage = _judged(summary, goal)
    answer, both = worths["pd"], coverage["both"]
    aucs = [f"{worths[engine]['auc']:.4f}" for engine in ("pd_champion", "pd_challenger", "pd")]
    figures = [f"{answer[key]:.4f}" for key in ("ks", "brier", "calibration_error", "majority")]
    shares = [f"{100 * both[key]:.1f} %" for key in ("coverage", "right", "right_at_least")]
    rows = f"{summary['data']['rows']:,}"
    return [rows, *aucs, f"{goal.auc}", *figures, *shares, f"{seconds:.0f}"]


if __name__ == "__main__":
    sys.exit(main())
