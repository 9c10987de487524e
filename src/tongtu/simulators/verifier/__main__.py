"""`python -m tongtu.simulators.verifier`: a licensed verifier and an operator, until stopped.

`VERIFIER_SIMULATOR_SECRET` (hexadecimal) is what the platform signs its questions with.
"""

from __future__ import annotations

import argparse
import asyncio
import os

from tongtu.simulators import clock
from tongtu.simulators.http import serve
from tongtu.simulators.verifier.door import HOLD_S, Door
from tongtu.simulators.verifier.register import FAULTS, SWAPS, Register

SECRET = "VERIFIER_SIMULATOR_SECRET"  # noqa: S105 - the name of the variable, not a secret


def main() -> None:
    """Read the arguments and serve."""
    parser = argparse.ArgumentParser(prog="tongtu.simulators.verifier", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--hold-seconds", type=float, default=HOLD_S)
    for name in (*FAULTS, *SWAPS):
        parser.add_argument(f"--{name.replace('_', '-')}", type=float, default=0.0, metavar="P")
    clock.add_option(parser)
    given = parser.parse_args()
    secret = bytes.fromhex(os.environ.get(SECRET, ""))
    if not secret:
        parser.error(f"{SECRET} is not set")
    try:
        register = Register(given.seed, {name: getattr(given, name) for name in (*FAULTS, *SWAPS)})
    except ValueError as fault:
        parser.error(str(fault))
    door = Door(secret, register, given.hold_seconds, clock.chosen(given))
    asyncio.run(serve("verifier", given.port, door.answer, {}))


if __name__ == "__main__":
    main()
