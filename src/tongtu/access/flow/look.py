"""The log of looks: whoever else sees a person's data leaves a row that this person can read."""

from __future__ import annotations

from dataclasses import dataclass

from tongtu.access.model import LOOKS_SHOWN_MAX, Look
from tongtu.access.store import look as store
from tongtu.access.store import organisation as organisations
from tongtu.identity.api import Caller, Role, list_looks
from tongtu.kernel.ids import id_shard
from tongtu.runtime.api import Connection, Runtime

# Looks into the vault and at documents are kept where these lie; their purpose is the work itself.
WORK = "work"


@dataclass(frozen=True, slots=True)
class Glance:
    """What somebody is about to be shown: whose, which class, by which purpose, in which words."""

    party: int
    shows: str
    why: str
    reason: str = ""


async def note_look(runtime: Runtime, reader: Caller, glance: Glance) -> None:
    """Keep that somebody is about to be shown a class of a person's data, and why."""
    party, at = glance.party, runtime.clock.now()
    where = runtime.cell(party), runtime.ids.new(id_shard(party)), party
    look = Look(reader.role, reader.organisation, (glance.shows,), glance.why, at, glance.reason)
    async with runtime.database.transaction() as connection:
        await store.write_look(connection, where, reader, look)


async def read_looks(runtime: Runtime, caller: Caller) -> list[Look]:
    """Return the last looks of others at the caller's own data, newest first."""
    party = caller.subject
    async with runtime.database.reading() as connection:
        looks = list(await store.find_looks(connection, caller.cell, party, LOOKS_SHOWN_MAX))
        inside = await list_looks(connection, runtime, party, LOOKS_SHOWN_MAX)
    looks += [Look(one.role, 0, one.kinds, WORK, one.at) for one in inside]
    looks.sort(key=lambda one: one.at, reverse=True)
    return looks[:LOOKS_SHOWN_MAX]


async def audit_looks(
    runtime: Runtime, sought: store.LooksSought, page: tuple[int, int]
) -> list[store.KeptLook]:
    """Return who looked at whose data, newest first; `page` is below which id, and how many."""
    found: list[store.KeptLook] = []
    cells = range(runtime.settings.cells)
    if sought.party is not None:
        cells = range(runtime.cell(sought.party), runtime.cell(sought.party) + 1)
    async with runtime.database.reading() as connection:
        for cell in cells:
            found += await store.list_looks_of_all(connection, cell, sought, page)
    return sorted(found, key=lambda one: one.id, reverse=True)[: page[1]]


async def is_served_by(connection: Connection, runtime: Runtime, clerk: Caller, party: int) -> bool:
    """Tell whether a clerk's branch serves a person; clerks of head office serve everybody."""
    if clerk.role is not Role.CLERK or clerk.organisation == 0:
        return True
    branch = await organisations.find_branch(connection, runtime.cell(party), party)
    return branch == clerk.organisation
