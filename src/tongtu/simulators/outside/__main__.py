"""`python -m tongtu.simulators.outside`: tax, insurance and operator until it is stopped."""

from __future__ import annotations

import argparse
import asyncio
import json

from tongtu.simulators import clock
from tongtu.simulators.http import Answer, Asked, Said, serve
from tongtu.simulators.outside.records import ERROR, FAULTS, SLOW, TIMEOUT, Records

HOLD_S = 8.0  # longer than a caller's patience
SLOW_S = 0.8  # within it


def main() -> None:
    """Read the arguments and serve."""
    parser = argparse.ArgumentParser(prog="tongtu.simulators.outside", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--hold-seconds", type=float, default=HOLD_S)
    parser.add_argument("--slow-seconds", type=float, default=SLOW_S)
    for name in FAULTS:
        parser.add_argument(f"--{name}", type=float, default=0.0, metavar="P")
    clock.add_option(parser)
    given = parser.parse_args()
    try:
        records = Records(given.seed, {name: getattr(given, name) for name in FAULTS})
    except ValueError as fault:
        parser.error(str(fault))
    asyncio.run(serve("outside", given.port, door(records, given), {}))


def door(records: Records, given: argparse.Namespace) -> Answer:
    """Return what answers `POST /<source>`."""
    now = clock.chosen(given)

    async def answer(asked: Asked) -> Said | None:
        told = json.loads(asked.body)
        source = asked.path.removeprefix("/")
        fault = records.fault_of(source, str(told["subject"]))
        if fault == TIMEOUT:
            await asyncio.sleep(given.hold_seconds)
            return None
        if fault == ERROR:
            return Said(503)
        if fault == SLOW:
            await asyncio.sleep(given.slow_seconds)
        return Said(200, records.answer(source, told, now()))

    return answer


if __name__ == "__main__":
    main()
