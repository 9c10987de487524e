"""`tongtu train`: learn the scorecard from the training rows, measure it on the others.

With --challenger trees are learnt from the same rows, to score beside it; with --table any other
table is studied instead (see `study`).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tongtu.channels.cli import challenger, study
from tongtu.channels.cli.case import REFUSED, problem_of
from tongtu.kernel.errors import BadInput, TongtuError
from tongtu.replay.api import Applicant, read_applicants
from tongtu.risk.api import DATA_NAME, Sample, Source, check_data, find_trained, save, train
from tongtu.runtime.api import load

_FIGURES = (
    ("AUC", "auc"),
    ("Gini", "gini"),
    ("KS", "ks"),
    ("Brier", "brier"),
    ("calibration error", "calibration_error"),
    ("accuracy at 0.5", "accuracy"),
    ("majority rate", "majority"),
)


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments: none trains the demo's scorecard."""
    study.configure(parser)
    parser.add_argument(
        "--challenger", action="store_true", help="train the model that scores beside the scorecard"
    )


def run(arguments: argparse.Namespace) -> int:
    """Study the table, or train the demo's models; a refusal of a table returns 2."""
    if arguments.challenger:
        return challenger.run(load(os.environ, Path.cwd()).settings.home, arguments.seed)
    if not arguments.table:
        return _train_demo()
    try:
        if not (arguments.label and arguments.out):
            raise BadInput("--table needs --label and --out")
        return study.run(arguments)
    except TongtuError as error:
        print(json.dumps(problem_of(error), ensure_ascii=False))
        return REFUSED


def _train_demo() -> int:
    """Train unless this code already did on these rows; print what the model is worth."""
    home = load(os.environ, Path.cwd()).settings.home
    path = check_data(home)
    source = Source(DATA_NAME, hashlib.sha256(path.read_bytes()).hexdigest())
    manifest = find_trained(home, source)
    if manifest is not None:
        print(f"already trained: model {manifest['hash'][:12]}")
    else:
        trained = train(
            _sample(read_applicants(path, training=True)),
            _sample(read_applicants(path, training=False)),
            source,
        )
        folder = save(home, trained)
        manifest = trained.manifest
        print(f"trained: model {trained.hash[:12]} in {folder}")
    Console().print(_table(manifest))
    return 0


def _sample(applicants: Sequence[Applicant]) -> Sample:
    return Sample([one.stated() for one in applicants], [one.is_bad for one in applicants])


def _table(manifest: dict[str, Any]) -> Table:
    data, metrics = manifest["data"], manifest["metrics"]
    table = Table(title=f"{data['rows_seen']} rows seen, {data['rows_held_out']} held out")
    for name in ("figure", "held out", "across folds of the seen"):
        table.add_column(name)
    for name, key in _FIGURES:
        held, folds = metrics["held_out"][key], metrics["across_folds"][key]
        table.add_row(name, f"{held:.4f}", f"{folds:.4f}")
    return table
