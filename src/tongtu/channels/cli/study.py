"""`tongtu train --table`: study any table of cases with known outcomes, print what it is worth."""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from tongtu.risk.api import Spec, dossier, read_cases, read_spec, study, study_steps

_ENGINES = (("champion", "pd_champion"), ("challenger", "pd_challenger"), ("answer (pd)", "pd"))
_FIGURES = (
    ("AUC", "auc"),
    ("KS", "ks"),
    ("Gini", "gini"),
    ("Brier", "brier"),
    ("ECE", "calibration_error"),
    ("H", "h"),
    ("accuracy at 0.5", "accuracy"),
    ("majority rate", "majority"),
)


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of a study."""
    parser.add_argument("--table", type=Path, help="parquet or CSV of cases with their outcomes")
    parser.add_argument("--label", help="column of the outcome: 1 bad, 0 good")
    parser.add_argument("--out", type=Path, help="folder the model is written to")
    parser.add_argument("--spec", type=Path, help="TOML or JSON: columns, directions, prior")
    parser.add_argument("--time-column", help="column of the time: the last part is held out")
    parser.add_argument("--seed", type=int, default=0)


def run(arguments: argparse.Namespace) -> int:
    """Study the table, write the model, print its figures."""
    begun = time.process_time()
    spec = read_spec(arguments.spec) if arguments.spec else Spec()
    cases = read_cases(arguments.table, arguments.label, spec, arguments.time_column)
    console = Console(stderr=True)
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
    ) as progress:
        task = progress.add_task("growing trees", total=study_steps(cases))

        def advance(name: str) -> None:
            progress.update(task, advance=1, description=f"growing trees: {name}")

        found = study(cases, spec, arguments.seed, advance)
        progress.update(task, description="card and plots")
        made = dossier(cases, found, spec, arguments.seed)
    made.save(arguments.out)
    _print(made.summary)
    seconds = time.process_time() - begun
    print(f"trained: model {made.hash[:12]} in {arguments.out} ({seconds:.0f} s of processor)")
    return 0


def _print(summary: Mapping[str, Any]) -> None:
    # A fixed width: the figures read the same in a terminal, a pipe and a log.
    console = Console(width=100)
    data = summary["data"]
    console.print(_worths(f"{data['rows']} rows, 5 untouched folds", summary["cross_validated"]))
    console.print(_coverage("decided at 95 % right, untouched folds", summary["coverage"]))
    if summary["out_of_time"]:
        console.print(_worths("out of time: the last rows, untouched", summary["out_of_time"]))
        console.print(_coverage("decided, out of time", summary["coverage_out_of_time"]))
    for name, why in data["left_out"].items():
        console.print(f"left out: {name} ({why})")


def _worths(title: str, worths: Mapping[str, Mapping[str, float]]) -> Table:
    table = Table(title=title)
    for name in ("figure", *[name for name, _ in _ENGINES]):
        table.add_column(name)
    for name, key in _FIGURES:
        cells = [f"{worths[engine][key]:.4f}" for _, engine in _ENGINES]
        if key == "auc":
            deviations = [worths[engine]["auc_deviation"] for _, engine in _ENGINES]
            cells = [f"{a} ± {d:.4f}" for a, d in zip(cells, deviations, strict=True)]
        table.add_row(name, *cells)
    return table


def _coverage(title: str, coverage: Mapping[str, Mapping[str, float]]) -> Table:
    table = Table(title=title)
    for name in ("decision", "cases", "share", "right", "at least (Wilson)"):
        table.add_column(name)
    for name, one in coverage.items():
        shares = (one["coverage"], one["right"], one["right_at_least"])
        table.add_row(name, str(one["decided"]), *[f"{100 * share:.2f} %" for share in shares])
    return table
