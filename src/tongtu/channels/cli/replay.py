"""`tongtu replay`: real applications through a running platform, with a bar and a result table."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import uvloop
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from tongtu.channels.cli.replay_prices import rehearse_prices
from tongtu.evidence.api import verify
from tongtu.kernel.errors import BadInput
from tongtu.replay.api import (
    APPLICANTS_A_BUYER,
    APPLICANTS_A_HOLDER,
    FILE_NAME,
    Plan,
    Staff,
    check_url,
    is_sound,
    page,
    read_applicants,
    read_groups,
    replay,
    rows,
    summarise,
)
from tongtu.runtime.api import SystemEntropy, load

APPLICATIONS = 1_200
LOGINS, SERVED = "demo-logins.json", "serve.json"
SELLERS = "merchant_"  # how the merchants' log-ins begin


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--url", help="the platform's address (default: the one served here)")
    parser.add_argument("--applications", type=int, default=APPLICATIONS)
    parser.add_argument("--concurrency", type=int, default=16)
    parser.add_argument("--rate", type=float, default=0.0, help="applications a second, 0 = all")
    parser.add_argument("--months", type=int, default=3, help="months lived on after")
    parser.add_argument("--json", type=Path, help="write the figures here as well")


def run(arguments: argparse.Namespace) -> int:
    """Replay, print, write the reports; 0 when nothing failed and every proof holds."""
    home = load(os.environ, Path.cwd()).settings.home
    if arguments.applications < 1 or arguments.concurrency < 1 or arguments.months < 0:
        raise BadInput("applications and concurrency are at least 1, months at least 0")
    url = check_url(arguments.url or _read(home / SERVED)["url"])
    unseen = read_applicants(home / "data" / FILE_NAME, training=False)
    logins = _read(home / LOGINS)
    last = arguments.applications
    buying = last + -(-last // APPLICANTS_A_BUYER)
    plan = Plan(
        run=f"r{SystemEntropy().digits(10)}",
        operator_token=logins["operator"],
        # The rows after those of the report buy goods, and those after them open credit lines.
        buyers=unseen[last:buying],
        holders=unseen[buying : buying + -(-last // APPLICANTS_A_HOLDER)],
        sellers=[token for name, token in sorted(logins.items()) if name.startswith(SELLERS)],
        staff=Staff(logins["clerk"], logins["operator_2"]),
        concurrency=arguments.concurrency,
        rate=arguments.rate,
        months=arguments.months,
    )
    console = Console()
    with _bar(console) as show:
        outcome = uvloop.run(replay(url, unseen[: arguments.applications], plan, show))
    summary = summarise(outcome, _verdict, read_groups(home / "data" / FILE_NAME))
    summary["experiment"] = rehearse_prices([one.answer for one in outcome.cases if one.answer])
    _print(console, summary)
    for path in _write(home / "reports", summary, arguments.json):
        console.print(f"written: {path}", soft_wrap=True)
    return 0 if is_sound(summary) else 1


def _verdict(bundle: dict[str, object], log_key: str) -> str:
    verdict = verify(bundle, log_key)
    return "ok" if verdict.is_valid else verdict.sentence


class _bar:  # noqa: N801 - used as a function
    """A progress bar with one line a phase; plain lines where there is no terminal."""

    def __init__(self, console: Console) -> None:
        self._progress = Progress(
            TextColumn("{task.description:>10}"), BarColumn(), MofNCompleteColumn(),
            TimeElapsedColumn(), console=console, refresh_per_second=4,
        )  # fmt: skip
        self._console = console
        self._tasks: dict[str, Any] = {}
        self._said: dict[str, int] = {}

    def __enter__(self) -> Callable[[str, int, int], None]:
        self._progress.start()
        return self._show

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def _show(self, name: str, done: int, total: int) -> None:
        if name not in self._tasks:
            self._tasks[name] = self._progress.add_task(name, total=total)
        self._progress.update(self._tasks[name], completed=done, total=total)
        quarter = 4 * done // total if total else 4
        if not self._console.is_terminal and self._said.get(name, 0) < quarter:
            self._said[name] = quarter
            self._console.print(f"{name}: {done} of {total}")


def _print(console: Console, summary: dict[str, Any]) -> None:
    table = Table(title=f"Tongtu 通途: {summary['applications']:,} real applications replayed")
    for name in ("", "figure", "value"):
        table.add_column(name)
    last = ""
    for section, name, value in rows(summary):
        table.add_row("" if section == last else section, name, value)
        last = section
    console.print(table)
    for example in summary["error_examples"]:
        console.print(f"error: {example}", markup=False)
    console.print(summary["note"], markup=False)


def _write(folder: Path, summary: dict[str, Any], extra: Path | None) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(summary, ensure_ascii=False, indent=1)
    written = [folder / "replay.json", folder / "replay.html"]
    written[0].write_text(text, encoding="utf-8")
    written[1].write_text(page(summary), encoding="utf-8")
    if extra is not None:
        extra.write_text(text, encoding="utf-8")
        written.append(extra)
    return written


def _read(path: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise BadInput(f"{path} is not there; is `tongtu serve` running in demo mode?") from None
