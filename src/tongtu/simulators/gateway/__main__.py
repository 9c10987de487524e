"""`python -m tongtu.simulators.gateway`: a licensed bureau, until it is stopped; port as JSON.

`GATEWAY_SIMULATOR_SECRET` (hexadecimal) is what the platform signs its deposits with.
"""

from __future__ import annotations

import argparse
import asyncio
import os

from tongtu.simulators import clock
from tongtu.simulators.gateway.door import Door
from tongtu.simulators.http import serve

SECRET = "GATEWAY_SIMULATOR_SECRET"  # noqa: S105 - the name of the variable, not a secret


def main() -> None:
    """Read the arguments and serve."""
    parser = argparse.ArgumentParser(prog="tongtu.simulators.gateway", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--down", type=float, default=0.0, metavar="P", help="answers 503")
    clock.add_option(parser)
    given = parser.parse_args()
    secret = bytes.fromhex(os.environ.get(SECRET, ""))
    if not secret:
        parser.error(f"{SECRET} is not set")
    door = Door(secret, given.seed, given.down, now=clock.chosen(given))
    asyncio.run(serve("gateway", given.port, door.answer, {}))


if __name__ == "__main__":
    main()
