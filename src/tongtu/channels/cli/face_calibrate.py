"""`tongtu face-calibrate pairs.csv`: what each line of a face would have done on pairs of pictures.

The table has the columns first, second (pictures, from the table's own folder) and same (1 or 0).
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import sys
from collections.abc import Mapping
from pathlib import Path

from tongtu.kernel.errors import BadInput
from tongtu.tables.api import rules_root
from tongtu.verification.api import (
    Eyes,
    LineRates,
    Pair,
    distance_ppm,
    largest,
    load_rulebook,
    rates,
)

PAIRS_MAX = 100_000
COLUMNS = ("first", "second", "same")


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("pairs", type=Path, help="CSV: first, second, same (1 or 0)")


def run(arguments: argparse.Namespace) -> int:
    """Print what each line would have done, with exact bounds."""
    named, folder = _read(arguments.pairs), arguments.pairs.parent
    pictures = {name: (folder / name).read_bytes() for pair in named for name in pair[:2]}
    pairs, unseen = asyncio.run(_measure(named, pictures))
    face = load_rulebook(rules_root()).face
    same = sum(one.is_same for one in pairs)
    print(f"{same} pairs of one person, {len(pairs) - same} of two; faces not found: {unseen}")
    print(f"{'line':<7}{'false accepts':<24}{'95 %':<22}{'false refusals':<24}{'95 %':<22}")
    for one in rates(pairs):
        line = {face.accept_ppm: "accept", face.reject_ppm: "reject"}.get(one.line_ppm, "")
        print(_line(one) + line)
    print("A line holds for people like these only; a lender calibrates on pairs of its own.")
    return 0


def _read(path: Path) -> list[tuple[str, str, bool]]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        if tuple(rows.fieldnames or ()) != COLUMNS:
            raise BadInput("the table has the columns first, second, same")
        found = [(row["first"], row["second"], row["same"]) for row in rows]
    if not 1 <= len(found) <= PAIRS_MAX or any(one[2] not in ("0", "1") for one in found):
        raise BadInput(f"1 to {PAIRS_MAX} pairs are wanted, each the same (1) or not (0)")
    return [(first, second, same == "1") for first, second, same in found]


async def _measure(
    named: list[tuple[str, str, bool]], pictures: Mapping[str, bytes]
) -> tuple[list[Pair], int]:
    """Return the pairs with their distances, each picture looked at once."""
    eyes = Eyes()
    seen: dict[str, tuple[float, ...] | None] = {}
    try:
        for name in pictures:
            seen[name] = await _describe(eyes, name, pictures[name])
    finally:
        await eyes.stop()
    pairs = []
    for first, second, is_same in named:
        one, other = seen[first], seen[second]
        far = None if one is None or other is None else distance_ppm(one, other)
        pairs.append(Pair(is_same, far))
    return pairs, sum(one is None for one in seen.values())


async def _describe(eyes: Eyes, name: str, content: bytes) -> tuple[float, ...] | None:
    try:
        return largest(await eyes.faces(content)).numbers
    except BadInput as fault:
        sys.stderr.write(f"{name}: {fault.code}\n")
        return None


def _line(one: LineRates) -> str:
    parts = [f"{one.line_ppm / 1_000_000:<7.2f}"]
    for rate in (one.far, one.frr):
        parts.append(f"{f'{rate.errors}/{rate.trials} = {rate.share:.3%}':<24}")
        parts.append(f"{f'{rate.low:.3%} to {rate.high:.3%}':<22}")
    return "".join(parts)
