"""`tongtu backtest --rules FOLDER`: who would be answered otherwise by changed rules.

Reads the platform's database and writes nothing. The folder is a whole copy of rules/; its golden
cases must hold before anything is asked.
"""

from __future__ import annotations

import argparse
import asyncio
import os
from dataclasses import replace
from datetime import date
from pathlib import Path

from tongtu.channels.cli.staff import day
from tongtu.kernel.errors import NotReady
from tongtu.origination.api import SwapSet, Versions, backtest, load_engine, shipped_sources
from tongtu.risk.api import Status, source_of, standing
from tongtu.runtime.api import business_date, load, open_runtime


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--rules", type=Path, required=True, help="a changed copy of rules/")
    parser.add_argument("--first", type=day, help="first business day (default: the open one)")
    parser.add_argument("--last", type=day, help="last business day (default: the open one)")


def run(arguments: argparse.Namespace) -> int:
    """Print the swap set; 0 also when somebody flips."""
    found = asyncio.run(_backtest(arguments.rules, arguments.first, arguments.last))
    print(text(found))
    return 0


async def _backtest(rules: Path, first: date | None, last: date | None) -> SwapSet:
    settings = load(os.environ, Path.cwd()).settings
    async with open_runtime(settings) as runtime:
        async with runtime.database.reading() as connection:
            models, today = await standing(connection), await business_date(connection)
        if Status.CHAMPION not in models:
            raise NotReady("no model decides yet")
        champion, beside = models[Status.CHAMPION], models.get(Status.SHADOW)
        shipped = shipped_sources(
            source_of(settings.home, champion),
            challenger=None if beside is None else source_of(settings.home, beside),
        )
        candidate = load_engine(replace(shipped, rules=rules), runtime.public)
        versions = Versions(load_engine(shipped, runtime.public), runtime.public)
        return await backtest(runtime, versions, candidate, (first or today, last or today))


def text(found: SwapSet) -> str:
    """Return the swap set as lines: the whole, then by segment, then the rules behind it."""
    flipped = sum(found.flips.values())
    lines = [f"{found.looked_at:,} decisions looked at, {flipped:,} would be answered otherwise"]
    for (before, after), n in sorted(found.flips.items()):
        lines.append(f"  {before:9} -> {after:9} {n:8,}  {n / found.looked_at:7.2%}")
    for segment, flips in sorted(found.segments.items()):
        told = ", ".join(f"{a} -> {b} {n:,}" for (a, b), n in sorted(flips.items()))
        lines.append(f"  {segment:28} of {found.sizes[segment]:8,}: {told}")
    if found.ways:
        told = ", ".join(f"{way} {n:,}" for way, n in sorted(found.ways.items()))
        lines.append(f"  decided selectively: {told}")
    if found.rules:
        told = ", ".join(f"{rule} {n:,}" for rule, n in found.rules.most_common(10))
        lines.append(f"  rules that fire otherwise: {told}")
    return "\n".join(lines)
