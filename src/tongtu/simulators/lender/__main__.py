"""`python -m tongtu.simulators.lender`: a remote lender; prints port and key as JSON."""

from __future__ import annotations

import argparse
import asyncio
import os

import httpx

from tongtu.simulators import clock
from tongtu.simulators.http import Asked, Said, serve
from tongtu.simulators.lender.desk import TIMEOUT_S, Desk, key_of
from tongtu.simulators.lender.policy import FAULTS, Mischief

AGAIN_S = 0.5
KEY = "LENDER_SIMULATOR_KEY"  # what its key follows from, where others must not read it


def main() -> None:
    """Read the arguments and serve."""
    parser = argparse.ArgumentParser(prog="tongtu.simulators.lender", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--key-seed", default="lender", help="its signing key follows from this")
    parser.add_argument("--name", default="", help="how the platform calls this lender")
    parser.add_argument("--gateway", required=True, help="address of the licensed bureau")
    parser.add_argument("--platform-key", required=True, help="the platform's key, hexadecimal")
    parser.add_argument("--callback", default="", help="where it sends answers by itself")
    for name in FAULTS:
        parser.add_argument(f"--{name.replace('_', '-')}", type=float, default=0.0, metavar="P")
    clock.add_option(parser)
    given = parser.parse_args()
    try:
        mischief = Mischief(given.seed, {name: getattr(given, name) for name in FAULTS})
    except ValueError as fault:
        parser.error(str(fault))
    asyncio.run(_work(given, mischief))


async def _work(given: argparse.Namespace, mischief: Mischief) -> None:
    gateway = httpx.AsyncClient(base_url=given.gateway, timeout=TIMEOUT_S, trust_env=False)
    platform = bytes.fromhex(given.platform_key)
    seed = os.environ.get(KEY, given.key_seed)
    private, now = key_of(seed), clock.chosen(given)
    desk = Desk(private, platform, mischief, gateway, given.callback, given.name, now=now)

    async def answer(asked: Asked) -> Said | None:
        return await desk.answer(asked)

    async def speak() -> None:
        while True:
            await asyncio.sleep(AGAIN_S)
            if given.callback and desk.again:
                await desk.send_again()

    speaking = asyncio.create_task(speak())
    try:
        await serve("lender", given.port, answer, {"public": desk.public.hex()})
    finally:
        speaking.cancel()
        await gateway.aclose()


if __name__ == "__main__":
    main()
