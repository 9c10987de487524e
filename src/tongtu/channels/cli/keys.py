"""`tongtu keys`: the keys that seal personal data, on the server, beside a running platform."""

from __future__ import annotations

import argparse
import asyncio
import os
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

from tongtu.journey.api import SEALED
from tongtu.kernel.errors import BadInput
from tongtu.kernel.ids import GENERATOR_BITS
from tongtu.runtime.api import (
    Runtime,
    SealedColumn,
    count_uses,
    load,
    open_runtime,
    reseal,
    retire_key,
    rotate_key,
)

# The last of those that make ids: a platform on this machine has another.
GENERATOR = (1 << GENERATOR_BITS) - 1


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("deed", choices=tuple(_DEEDS))
    parser.add_argument("key", nargs="?", type=int, help="the number of the key to retire")


def run(arguments: argparse.Namespace) -> int:
    """Do it, and print what stands then."""
    settings = replace(load(os.environ, Path.cwd()).settings, generator=GENERATOR)

    async def go() -> None:
        async with open_runtime(settings) as runtime:
            await _DEEDS[arguments.deed](runtime, arguments)

    asyncio.run(go())
    return 0


async def _list(runtime: Runtime, _: argparse.Namespace) -> None:
    async with runtime.database.reading() as connection:
        uses = await count_uses(connection, SEALED)
    for key in runtime.keys.keyset().keys:
        made = "with the root key" if key.made_at is None else f"{key.made_at:%Y-%m-%d %H:%M}"
        print(f"key {key.id}  {key.state:<8} made {made}")
        for table, count in sorted(uses.get(key.id, {}).items()):
            print(f"    {count:>10,} in {table}")


async def _rotate(runtime: Runtime, _: argparse.Namespace) -> None:
    number = await rotate_key(runtime)
    print(f"key {number} seals from now on; back up {runtime.settings.home}/keys")
    print("what is there opens as before; seal it anew with: tongtu keys reseal")


async def _reseal(runtime: Runtime, _: argparse.Namespace) -> None:
    done: dict[str, int] = {}

    def told(column: SealedColumn, count: int) -> None:
        done[column.table] = done.get(column.table, 0) + count

    await reseal(runtime, SEALED, told)
    for table, count in done.items():
        print(f"{count:>10,} sealed anew in {table}")


async def _retire(runtime: Runtime, arguments: argparse.Namespace) -> None:
    if arguments.key is None:
        raise BadInput("name the key to retire, as `tongtu keys list` shows it")
    await retire_key(runtime, SEALED, arguments.key)
    print(f"key {arguments.key} is destroyed; backups sealed with it open no more without a copy")


_DEEDS: dict[str, Callable[[Runtime, argparse.Namespace], Awaitable[None]]] = {
    "list": _list,
    "rotate": _rotate,
    "reseal": _reseal,
    "retire": _retire,
}
