"""What time it is for a simulator: the machine's, or the instant that `--at` names.

Nothing else in the simulators may ask the machine: a test that stands at an instant has its
outside parties stand there too, so that a run near midnight is like any other.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import UTC, datetime

Now = Callable[[], datetime]


def machine() -> datetime:
    """Return the machine's time in UTC."""
    return datetime.now(UTC)  # house: seam - outside parties have clocks of their own


def add_option(parser: argparse.ArgumentParser) -> None:
    """Let a simulator's command take `--at INSTANT`, at which its clock then stands."""
    parser.add_argument(
        "--at", type=_instant, metavar="INSTANT", help="its clock stands there (with a zone)"
    )


def chosen(given: argparse.Namespace) -> Now:
    """Return the clock that was asked for."""
    at: datetime | None = given.at
    return machine if at is None else lambda: at


def _instant(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("an instant names its zone")
    return at.astimezone(UTC)
