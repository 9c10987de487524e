"""`tongtu witness`: watch a log from outside, co-sign what continues what was seen before."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

from tongtu.witness.api import Home, Witness, serve

HELP = "watch a log from outside and co-sign its checkpoints"


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--home", type=Path, required=True, help="folder of its key and memory")
    parser.add_argument("--name", required=True, help="short name, e.g. regulator")
    parser.add_argument("--log", metavar="KEY", help="verifier key of the log, on the first start")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument(
        "--ends-with-stdin", action="store_true", help="stop when stdin's other end is gone"
    )


def run(arguments: argparse.Namespace) -> int:
    """Serve until a signal."""
    home = Home(arguments.home)
    home.hold()
    key = home.log_key(arguments.log)
    witness = Witness(home, home.cosigner(arguments.name), key)
    asyncio.run(
        serve(
            witness,
            arguments.host,
            arguments.port,
            ends_with_stdin=arguments.ends_with_stdin,
        )
    )
    return 0
