"""Lists and name hits for staff: entries by two persons, near names cleared with a reason.

An answer never holds what was listed: a keyed hash or a sealed name stands in the database.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

import msgspec
from litestar import get, post
from litestar.params import FromPath, JSONBody

from tongtu.channels.rest.auth import allow, allow_write
from tongtu.channels.rest.body import StrictBody
from tongtu.channels.rest.given import GivenCaller, GivenCommand, GivenParts
from tongtu.channels.rest.ids import read_id
from tongtu.channels.rest.parts import Parts
from tongtu.channels.rest.proposals import Proposed, Why, act_once, propose_once
from tongtu.identity.api import Role
from tongtu.risk.api import (
    ListEntry,
    Listing,
    approve_entry,
    approve_removal,
    clear_name,
    list_entries,
    open_hits,
    propose_entry,
    propose_removal,
)
from tongtu.runtime.api import Connection

SHOWN_MAX = 500
_STAFF = (Role.OPERATOR, Role.ANALYST, Role.CLERK)


class EntryAsked(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What is to be listed; the second person says it again, since no plain value is kept."""

    list: Literal["deny", "watch", "allow"]
    kind: Literal["device", "ip", "phone", "resident_id", "address", "card", "name"]
    value: Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]+$")]
    days: Annotated[int, msgspec.Meta(ge=1, le=3_650)]
    why: Why


class ClearingAsked(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Which listed name a person is not, and why."""

    entry: str
    why: Why


class EntryShown(msgspec.Struct, frozen=True):
    """An entry in force, without what it lists."""

    entry: str
    list: str
    kind: str
    why: str
    added_at: dt.datetime
    expires_at: dt.datetime


class EntriesShown(msgspec.Struct, frozen=True):
    """Entries in force, the oldest first."""

    items: list[EntryShown]
    next: str | None = None


class EntryEnded(msgspec.Struct, frozen=True):
    """An entry that stands no more."""

    entry: str


class HitShown(msgspec.Struct, frozen=True):
    """A person whose name came near a listed one, from 80 to 100."""

    party: str
    entry: str
    score: int
    found_at: dt.datetime


class HitsShown(msgspec.Struct, frozen=True):
    """Hits nobody has cleared, the oldest first."""

    items: list[HitShown]
    next: str | None = None


class HitCleared(msgspec.Struct, frozen=True):
    """The highest score that is left open for the person; 0: none."""

    party: str
    score: int


@get("/v1/lists/entries", opt=allow(*_STAFF, Role.REGULATOR))
async def list_all_entries(parts: GivenParts) -> EntriesShown:
    """Return the entries in force."""
    runtime = parts.runtime
    async with runtime.database.reading() as connection:
        found = await list_entries(connection, runtime.clock.now())
    return EntriesShown([_shown(parts, one) for one in found[:SHOWN_MAX]])


@post(
    "/v1/lists/entries",
    status_code=201,
    opt=allow_write(*_STAFF),
    dto=StrictBody[EntryAsked],
    return_dto=None,
)
async def propose_one_entry(
    data: JSONBody[EntryAsked], parts: GivenParts, caller: GivenCaller, command: GivenCommand
) -> Proposed:
    """Propose an entry; another person has to allow it within three days."""
    return await propose_once(
        parts, (caller, command), "propose_list_entry",
        lambda connection: propose_entry(connection, parts.runtime, caller, _listing(data)),
    )  # fmt: skip


@post(
    "/v1/operations/list-entries/{approval:str}/approval",
    status_code=201,
    opt=allow_write(Role.OPERATOR, Role.ANALYST),
    dto=StrictBody[EntryAsked],
    return_dto=None,
)
async def add_one_entry(
    approval: FromPath[str],
    data: JSONBody[EntryAsked],
    parts: GivenParts,
    caller: GivenCaller,
    command: GivenCommand,
) -> EntryShown:
    """Allow an entry somebody else proposed, by saying the same entry again."""
    runtime, identifier = parts.runtime, read_id(parts, "approval", approval)

    async def act(connection: Connection) -> EntryShown:
        made = await approve_entry(connection, runtime, caller, identifier, _listing(data))
        return _shown(parts, made)

    return await act_once(parts, (caller, command), "add_list_entry", EntryShown, act)


@post("/v1/lists/entries/{entry:str}/removal", status_code=201, opt=allow_write(*_STAFF))
async def propose_one_removal(
    entry: FromPath[str], parts: GivenParts, caller: GivenCaller, command: GivenCommand
) -> Proposed:
    """Propose to end an entry before its time."""
    identifier = read_id(parts, "list_entry", entry)
    return await propose_once(
        parts, (caller, command), "propose_list_removal",
        lambda connection: propose_removal(connection, parts.runtime, caller, identifier),
    )  # fmt: skip


@post(
    "/v1/operations/list-removals/{approval:str}/approval",
    status_code=201,
    opt=allow_write(Role.OPERATOR, Role.ANALYST),
)
async def remove_one_entry(
    approval: FromPath[str], parts: GivenParts, caller: GivenCaller, command: GivenCommand
) -> EntryEnded:
    """Allow the end of an entry that somebody else proposed."""
    runtime, identifier = parts.runtime, read_id(parts, "approval", approval)

    async def act(connection: Connection) -> EntryEnded:
        number = await approve_removal(connection, runtime, caller, identifier)
        return EntryEnded(runtime.public.show("list_entry", number))

    return await act_once(parts, (caller, command), "remove_list_entry", EntryEnded, act)


@get("/v1/lists/name-hits", opt=allow(*_STAFF))
async def list_open_hits(parts: GivenParts) -> HitsShown:
    """Return the near names that wait for a person."""
    runtime, items = parts.runtime, []
    show = runtime.public.show
    async with runtime.database.reading() as connection:
        for cell in range(runtime.settings.cells):
            items += [
                HitShown(
                    show("party", one.party),
                    show("list_entry", one.entry),
                    one.score,
                    one.found_at,
                )
                for one in await open_hits(connection, cell)
            ]
    return HitsShown(sorted(items, key=lambda one: one.found_at)[:SHOWN_MAX])


@post(
    "/v1/lists/name-hits/{party:str}/clearing",
    status_code=201,
    opt=allow_write(*_STAFF),
    dto=StrictBody[ClearingAsked],
    return_dto=None,
)
async def clear_one_hit(
    party: FromPath[str],
    data: JSONBody[ClearingAsked],
    parts: GivenParts,
    caller: GivenCaller,
    command: GivenCommand,
) -> HitCleared:
    """Note that a near name is somebody else, and why."""
    runtime = parts.runtime
    hit = read_id(parts, "party", party), read_id(parts, "list_entry", data.entry)

    async def act(connection: Connection) -> HitCleared:
        return HitCleared(party, await clear_name(connection, runtime, caller, hit, data.why))

    return await act_once(parts, (caller, command), "clear_name_hit", HitCleared, act)


def _listing(asked: EntryAsked) -> Listing:
    return Listing(asked.list, asked.kind, asked.value, asked.days, asked.why)


def _shown(parts: Parts, entry: ListEntry) -> EntryShown:
    shown = parts.runtime.public.show("list_entry", entry.id)
    return EntryShown(shown, entry.list, entry.kind, entry.why, entry.added_at, entry.expires_at)


ROUTES = (
    list_all_entries,
    propose_one_entry,
    add_one_entry,
    propose_one_removal,
    remove_one_entry,
    list_open_hits,
    clear_one_hit,
)
