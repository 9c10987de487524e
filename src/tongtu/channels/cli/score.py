"""`tongtu score`: score the rows of a table by a studied model."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from tongtu.channels.cli.case import REFUSED, problem_of
from tongtu.kernel.errors import TongtuError
from tongtu.risk.api import load_model, score_file


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--model", type=Path, required=True, help="folder `tongtu train` wrote")
    parser.add_argument("--table", type=Path, required=True, help="parquet or CSV of cases")
    parser.add_argument("--out", type=Path, required=True, help=".parquet, else CSV")
    parser.add_argument("--reasons", action="store_true", help="tell up to four reasons a row")


def run(arguments: argparse.Namespace) -> int:
    """Write the scores; a refused table or model writes nothing, prints a problem and returns 2."""
    try:
        scorer, _ = load_model(arguments.model)
        rows, ignored = score_file(
            scorer, arguments.table, arguments.out, reasons=arguments.reasons
        )
    except TongtuError as error:
        print(json.dumps(problem_of(error), ensure_ascii=False))
        return REFUSED
    if ignored:
        print(f"ignored, the model does not read: {', '.join(ignored)}", file=sys.stderr)
    print(f"scored: {rows} rows by model {scorer.hash[:12]} in {arguments.out}")
    return 0
