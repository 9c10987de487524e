"""`tongtu fingerprint-match ONE OTHER`: two prints of a scanner, compared on its own machine.

Prints stay where they are: neither picture nor template reaches the platform, which hears yes or
no.
"""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

from tongtu.verification.api import PRINTS_MATCH_FROM, Eyes


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("one", type=Path, help="a print, 500 dpi, JPEG or PNG")
    parser.add_argument("other", type=Path, help="the print to compare it with")


def run(arguments: argparse.Namespace) -> int:
    """Print the score and the answer; the exit status is 0 for a match and 1 for none."""
    score = asyncio.run(_compare(arguments.one.read_bytes(), arguments.other.read_bytes()))
    is_match = score >= PRINTS_MATCH_FROM
    print(f"Bozorth3 {score}, from {PRINTS_MATCH_FROM} on a match: {'yes' if is_match else 'no'}")
    return 0 if is_match else 1


async def _compare(one: bytes, other: bytes) -> int:
    eyes = Eyes()
    try:
        return await eyes.fingers(one, other)
    finally:
        await eyes.stop()
