"""`python -m tongtu.simulators.shop`: serve until SIGTERM, SIGINT or the end of stdin.

The merchant's log-in comes as SHOP_SIMULATOR_TOKEN, never as an argument that others can read.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import secrets  # house: seam - an outside party draws for itself
import ssl
from pathlib import Path

import httpx

from tongtu.simulators.http import serve
from tongtu.simulators.shop.counter import Counter
from tongtu.simulators.shop.door import Door

TOKEN = "SHOP_SIMULATOR_TOKEN"  # noqa: S105 - the name of a variable
TIMEOUT_S = 20


def main() -> None:
    """Read the arguments and serve."""
    parser = argparse.ArgumentParser(prog="tongtu.simulators.shop", description=__doc__)
    parser.add_argument("--platform", required=True, help="its address as browsers reach it")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--certificate", type=Path, help="chain and key: then it speaks https")
    parser.add_argument("--root", type=Path, help="the authority that the platform's own is of")
    given = parser.parse_args()
    token = os.environ.get(TOKEN, "")
    if not token:
        parser.error(f"{TOKEN} is not set")
    asyncio.run(_serve(given, token))


async def _serve(given: argparse.Namespace, token: str) -> None:
    headers = {"authorization": f"Bearer {token}"}
    trusted = ssl.create_default_context(cafile=given.root) if given.root else True
    tls = None
    if given.certificate is not None:
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(given.certificate)
    async with httpx.AsyncClient(
        base_url=given.platform,
        headers=headers,
        timeout=TIMEOUT_S,
        trust_env=False,
        verify=trusted,
    ) as platform:
        draw = secrets.token_hex  # house: seam - an outside party draws for itself
        counter = Counter(platform, draw)
        door = Door(given.platform.rstrip("/"), counter)
        await serve("shop", given.port, door.answer, {}, host=given.host, tls=tls)


if __name__ == "__main__":
    main()
