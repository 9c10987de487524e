"""`tongtu checkup FILE`: a lender's or platform's own loan book, audited on day one.

    tongtu checkup book.csv                    guesses the columns, writes book.mapping.toml, asks
    tongtu checkup book.csv --yes              takes the guess as it is
    tongtu checkup book.csv --mapping M        reads the mapping a person looked at

The page goes to book.checkup.html (or --out); --json prints the same findings as one object.
"""

from __future__ import annotations

import argparse
import json
import sys
from datetime import date
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from tongtu.channels.cli.case import REFUSED, problem_of
from tongtu.channels.cli.pack import folder_of
from tongtu.channels.cli.staff import day
from tongtu.checkup.api import (
    Asking,
    Columns,
    audit,
    document,
    guess_columns,
    read_mapping,
    summarise,
    write_mapping,
)
from tongtu.kernel.clock import business_date_of
from tongtu.kernel.errors import TongtuError
from tongtu.policy.api import Pack
from tongtu.runtime.api import SystemClock

SHIPPED = "cn/2026.08"
STEPS = 4  # reading, recomputing, the law, the ranking


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("book", type=Path, help="the loan book: .csv or .parquet, one loan a line")
    parser.add_argument("--mapping", type=Path, help="which column tells what (TOML)")
    parser.add_argument("--yes", action="store_true", help="take the guessed mapping unseen")
    parser.add_argument("--pack", default=SHIPPED, help=f"whose law (default: {SHIPPED})")
    parser.add_argument("--as-of", type=day, help="the day of 'as if granted now' (default: today)")
    parser.add_argument("--out", type=Path, help="the page (default: beside the book)")
    parser.add_argument("--json", action="store_true", help="print the findings as one object")
    parser.add_argument("--lang", choices=("zh", "en"), default="zh", help="what the page opens in")
    parser.add_argument("--no-model", action="store_true", help="leave their score out")


def run(arguments: argparse.Namespace) -> int:
    """Audit the book; 2 for a book or mapping that cannot be used, or that nobody confirmed."""
    try:
        columns = _columns(arguments)
        if columns is None:
            return REFUSED
        summary = _audited(arguments, columns)
        out = arguments.out or arguments.book.with_suffix(".checkup.html")
        out.write_text(document(summary, arguments.lang), encoding="utf-8")
    except TongtuError as error:
        if arguments.json:
            print(json.dumps(problem_of(error), ensure_ascii=False))
        print(f"tongtu checkup: {error.detail} [{error.code}]", file=sys.stderr)
        return REFUSED
    except OSError as error:
        print(f"tongtu checkup: the page cannot be written: {error}", file=sys.stderr)
        return REFUSED
    if arguments.json:
        print(json.dumps(summary, ensure_ascii=False))
    else:
        _tell(summary)
    print(f"the page: {out}", file=sys.stderr)
    return 0


def _columns(arguments: argparse.Namespace) -> Columns | None:
    """Return the mapping a person gave or confirmed; None when the guess waits for one."""
    if arguments.mapping is not None:
        return read_mapping(arguments.mapping)
    guessed = guess_columns(arguments.book)
    written = arguments.book.with_suffix(".mapping.toml")
    if not written.exists():
        write_mapping(guessed, written)
    console = Console(stderr=True, width=100)
    for role, name in guessed.columns.items():
        console.print(f"  {role.value:<12} {name:<24} {guessed.evidence.get(role, '')}")
    if arguments.yes:
        return guessed
    if sys.stdin.isatty() and console.input("Is this right? [y/N] ").strip().lower() == "y":
        return guessed
    console.print(
        f"Look at {written}, change what is wrong, then run again with --mapping {written};"
        " or take the guess with --yes."
    )
    return None


def _audited(arguments: argparse.Namespace, columns: Columns) -> dict[str, Any]:
    as_of: date = arguments.as_of or business_date_of(SystemClock().now())
    asking = Asking(Pack.load(folder_of(arguments.pack)), as_of, not arguments.no_model)
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
    ) as progress:
        task = progress.add_task("reading the book", total=None)
        return summarise(audit(arguments.book, columns, asking, _Steps(progress, task).advance))


class _Steps:
    """Counts the loans each step has done, so that a million of them are seen to move."""

    _NEXT = {  # noqa: RUF012 - never changed
        "read": "recomputing instalments", "law": "ranking by both scores", "ranking": "the page",
    }  # fmt: skip

    def __init__(self, progress: Progress, task: TaskID) -> None:
        self._progress, self._task, self._loans, self._done = progress, task, 0, 0

    def advance(self, step: str, loans: int) -> None:
        if step == "read":
            self._loans = loans
        self._done += loans
        name = self._NEXT.get(step)
        if step == "recomputed" and self._done >= 2 * self._loans:
            name = "laying the law over it"
        total = STEPS * max(self._loans, 1)
        self._progress.update(self._task, total=total, completed=self._done)
        if name:
            self._progress.update(self._task, description=name)


def _tell(summary: dict[str, Any]) -> None:
    book, found, law = summary["book"], summary["instalments"], summary["law"]
    print(
        f"loans read           {book['loans']:>12,}   lines unread {summary['unread']['lines']:,}"
    )
    print(f"instalments equal    {found['equal']:>12,}   rounded {found['rounding']}")
    print(f"not equal            {found['unequal']:>12,}")
    for one in found["named"][:20]:
        print(
            f"  line {one['line']}: book {one['theirs_minor']}, terms {one['ours_minor']}, "
            f"{one['cause']}{'' if one['is_proved'] else ' (not proved)'}"
        )
    for view in ("on_their_days", "as_if_granted_now"):
        for one in law[view]["asked"]:
            print(f"{view} {one['rule']}: {one['broken']:,} of {one['loans']:,} above")
        if law[view]["not_in_force"]:
            print(f"{view}: {law[view]['not_in_force']:,} not judged (pack not in force)")
    ranking = summary["score"]["compared"]
    if ranking is None:
        print(f"score: {summary['score']['why_not']}")
    else:
        print(
            f"AUC out of time      theirs {ranking['theirs']['auc']:.3f}, ours "
            f"{ranking['ours']['auc']:.3f}, difference {ranking['difference_low']:+.3f} to "
            f"{ranking['difference_high']:+.3f} ({ranking['bad']} bad of {ranking['loans']:,})"
        )
