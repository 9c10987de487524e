"""`tongtu sign-out pt_…`: every session of a person ends now, by the house, on the server.

For an account that is suspected to be in other hands; its owner signs in anew. A running platform
honours none of them after five seconds at most. Sessions of staff end by `tongtu staff`.
"""

from __future__ import annotations

import argparse
import asyncio
import os
from dataclasses import replace
from pathlib import Path

from tongtu.identity.api import end_sessions_of
from tongtu.kernel.ids import GENERATOR_BITS
from tongtu.runtime.api import load, open_runtime

# The last of those that make ids: a platform on this machine has another.
GENERATOR = (1 << GENERATOR_BITS) - 1


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("person", metavar="pt_…", help="whose sessions end")


def run(arguments: argparse.Namespace) -> int:
    """End them, and print how many; 1 when there was none."""
    settings = replace(load(os.environ, Path.cwd()).settings, generator=GENERATOR)

    async def go() -> int:
        async with open_runtime(settings) as runtime:
            party = runtime.public.read("party", arguments.person)
            async with runtime.database.transaction() as connection:
                return await end_sessions_of(connection, runtime, party)

    count = asyncio.run(go())
    print(f"{count} sessions of {arguments.person} ended")
    return 0 if count else 1
