"""The house: written down at the start; a person chooses the branch that serves them."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path

from tongtu.access.rules.organisation import Kind, Organisation, read_organisations
from tongtu.access.store import organisation as store
from tongtu.identity.api import Caller, CommandKey, once
from tongtu.kernel.errors import Broken, NotFound
from tongtu.runtime.api import Connection, Runtime

FILE = "organisation.toml"
_DONE = b"{}"


def load_organisations(path: Path) -> tuple[Organisation, ...]:
    """Return the house as its file names it. Raises Broken: code `bad_organisation`."""
    try:
        return read_organisations(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise Broken(f"{path}: {fault}", code="bad_organisation") from None


async def open_house(runtime: Runtime, organisations: Sequence[Organisation]) -> None:
    """Write the house and its partners down; safe to repeat."""
    async with runtime.database.transaction() as connection:
        await store.write_organisations(connection, organisations)


async def place_member(runtime: Runtime, staff: int, organisation: str, team: str = "") -> None:
    """Note where a member of staff works; safe to repeat."""
    async with runtime.database.transaction() as connection:
        await store.place_member(connection, staff, (organisation, team), runtime.clock.now())


async def choose_branch(
    runtime: Runtime,
    by: tuple[Caller, CommandKey],
    organisations: Sequence[Organisation],
    branch: str | None,
) -> None:
    """Let a branch serve the caller from now on, or with None no branch.

    Raises:
        NotFound: there is no such branch.
    """
    caller, key = by
    number = 0
    if branch is not None:
        found = [one for one in organisations if one.id == branch and one.kind is Kind.BRANCH]
        if not found:
            raise NotFound("there is no such branch")
        number = found[0].number

    async def effect(connection: Connection) -> bytes:
        at = runtime.clock.now()
        await store.serve(connection, caller.cell, caller.subject, number, at)
        return _DONE

    await once(runtime, caller, "choose_branch", key, effect)


async def branch_of(
    runtime: Runtime, caller: Caller, organisations: Sequence[Organisation]
) -> str | None:
    """Return the branch that serves the caller."""
    async with runtime.database.reading() as connection:
        number = await store.find_branch(connection, caller.cell, caller.subject)
    named = (one.id for one in organisations if one.kind is Kind.BRANCH and one.number == number)
    return next(named, None)
