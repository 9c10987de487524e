"""`tongtu config`: each setting in force, and where it comes from; secrets are masked."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tongtu.runtime.api import described, load

MASKED = "(set)"


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--json", action="store_true", help="for programs")


def run(arguments: argparse.Namespace) -> int:
    """Print the settings; 1 when the environment names a setting that nobody knows."""
    loaded = load(os.environ, Path.cwd())
    rows = [
        {
            "setting": row.name,
            "value": _shown(getattr(loaded.settings, row.name), is_secret=row.is_secret),
            "from": loaded.sources[row.name].value,
            "what it is": row.text,
        }
        for row in described()
    ]
    if arguments.json:
        print(json.dumps({"settings": rows, "unknown": loaded.unknown}, ensure_ascii=False))
    else:
        table = Table(
            title="Settings (file: tongtu.toml in the home folder; environment: TONGTU_*)"
        )
        for name in rows[0]:
            table.add_column(name, overflow="fold")
        for found in rows:
            table.add_row(*map(escape, found.values()))
        Console().print(table)
    for unknown in loaded.unknown:
        print(f"{unknown}: there is no such setting", file=sys.stderr)
    return 1 if loaded.unknown else 0


def _shown(value: object, *, is_secret: bool) -> str:
    if value is None:
        return ""
    return MASKED if is_secret else str(value)
