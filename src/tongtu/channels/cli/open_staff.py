"""`tongtu staff`: the first operators are opened here, on the server, beside a platform.

Everybody is handed here what they sign in by, and closed. Once two operators are there, opening and
moving want the word of two, over the API.
"""

from __future__ import annotations

import argparse
import asyncio
import os
from dataclasses import replace
from pathlib import Path

from tongtu.access.api import (
    Post,
    close_member,
    find_by_login,
    hand_out,
    move_member,
    needs_two,
    open_member,
)
from tongtu.identity.api import STAFF, Role
from tongtu.kernel.errors import NotAllowed
from tongtu.kernel.ids import GENERATOR_BITS
from tongtu.runtime.api import Connection, Runtime, load, open_runtime

# The last of those that make ids: a platform on this machine has another.
GENERATOR = (1 << GENERATOR_BITS) - 1
_ROLES = sorted(role.value for role in STAFF)


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("deed", choices=("open", "hand-out", "move", "close"))
    parser.add_argument("login", help="3 to 40 of a-z 0-9 . _ -, beginning with a letter")
    parser.add_argument("role", nargs="?", choices=_ROLES, help="to open or move to")
    parser.add_argument(
        "--organisation",
        type=int,
        default=0,
        metavar="NUMBER",
        help="of a lender, of a merchant, or of a clerk's branch; 0 = head office",
    )


def run(arguments: argparse.Namespace) -> int:
    """Do it, and print what the member of staff is handed once."""
    settings = replace(load(os.environ, Path.cwd()).settings, generator=GENERATOR)

    async def go() -> None:
        async with open_runtime(settings) as runtime:
            await _DEEDS[arguments.deed](runtime, arguments)

    if arguments.deed in ("open", "move") and arguments.role is None:
        print(f"tongtu staff: a role is wanted: {', '.join(_ROLES)}")
        return 2
    asyncio.run(go())
    return 0


async def _open(runtime: Runtime, arguments: argparse.Namespace) -> None:
    post = Post(Role(arguments.role), arguments.organisation)
    async with runtime.database.transaction() as connection:
        await _check_alone(connection)
        staff = await open_member(connection, runtime, arguments.login, post)
        made = await hand_out(connection, runtime, staff)
    _print(arguments.login, made.password, made.set_up)


async def _hand_out(runtime: Runtime, arguments: argparse.Namespace) -> None:
    async with runtime.database.transaction() as connection:
        staff = await find_by_login(connection, arguments.login)
        made = await hand_out(connection, runtime, staff)
    _print(arguments.login, made.password, made.set_up)


async def _move(runtime: Runtime, arguments: argparse.Namespace) -> None:
    post = Post(Role(arguments.role), arguments.organisation)
    async with runtime.database.transaction() as connection:
        await _check_alone(connection)
        staff = await find_by_login(connection, arguments.login)
        ended = await move_member(connection, runtime, staff.id, post)
    print(f"{arguments.login} is {post.role.value} now; {len(ended)} sessions ended")


async def _close(runtime: Runtime, arguments: argparse.Namespace) -> None:
    async with runtime.database.transaction() as connection:
        staff = await find_by_login(connection, arguments.login)
        ended = await close_member(connection, runtime, staff.id)
    print(f"{arguments.login} is closed; {len(ended)} sessions ended")


async def _check_alone(connection: Connection) -> None:
    if await needs_two(connection):
        raise NotAllowed(
            "two operators are there: one proposes (POST /v1/operations/staff), the other allows,"
            " then `tongtu staff hand-out`",
            code="needs_two",
        )


def _print(login: str, password: str, set_up: str) -> None:
    print(f"login     {login}\npassword  {password}\nset up    {set_up}")
    print("Shown once. Change the password after the first sign-in; the app reads `set up`.")


_DEEDS = {"open": _open, "hand-out": _hand_out, "move": _move, "close": _close}
