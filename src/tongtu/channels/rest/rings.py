"""Rings of fraud: who hangs together by what, and a person's word on it, allowed by another."""

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
    Ring,
    RingWord,
    allow_ring_word,
    find_rings,
    list_entries,
    propose_ring_word,
    ring_named,
)
from tongtu.runtime.api import Connection

Standing = dict[tuple[str, int], ListEntry]


class TieShown(msgspec.Struct, frozen=True):
    """What persons share, by a name that tells it from others and nothing of what it is.

    `stands_on`: on which list, and until when; null on none.
    """

    tie: str
    kind: str
    parties: list[str]
    stands_on: str | None
    until: dt.datetime | None


class MemberShown(msgspec.Struct, frozen=True):
    """A person of a ring with the newest of their applications."""

    party: str
    applications: list[str]
    last_at: dt.datetime


class RingShown(msgspec.Struct, frozen=True):
    """Persons who hang together within 30 days."""

    ring: str
    applications: int
    first_at: dt.datetime
    last_at: dt.datetime
    members: list[MemberShown]
    ties: list[TieShown]


class RingsShown(msgspec.Struct, frozen=True):
    """The largest rings first."""

    items: list[RingShown]
    next: str | None = None


class RingWordAsked(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Hold: later applications of the ring go to a person. Release: what it shares holds nobody."""

    said: Literal["hold", "release"]
    days: Annotated[int, msgspec.Meta(ge=1, le=3_650)]
    why: Why


class RingWordDone(msgspec.Struct, frozen=True):
    """On which list what the ring shares stands now, how many keys, and until when."""

    list: str
    entries: int
    expires_at: dt.datetime


@get("/v1/rings", opt=allow(Role.OPERATOR, Role.ANALYST, Role.REGULATOR))
async def list_all_rings(parts: GivenParts) -> RingsShown:
    """Return who hangs together by what, the largest ring first."""
    runtime = parts.runtime
    found = await find_rings(runtime)
    async with runtime.database.reading() as connection:
        entries = await list_entries(connection, runtime.clock.now())
    standing = {(one.kind, one.key): one for one in entries if one.kind != "name"}
    return RingsShown([_shown(parts, one, standing) for one in found])


@post(
    "/v1/rings/{ring:str}/word",
    status_code=201,
    opt=allow_write(Role.OPERATOR, Role.ANALYST),
    dto=StrictBody[RingWordAsked],
    return_dto=None,
)
async def propose_one_ring_word(
    ring: FromPath[str],
    data: JSONBody[RingWordAsked],
    parts: GivenParts,
    caller: GivenCaller,
    command: GivenCommand,
) -> Proposed:
    """Propose to hold or release what a ring shares; another person has to allow it."""
    runtime, key = parts.runtime, read_id(parts, "ring", ring)
    named = ring_named(await find_rings(runtime), key)
    word = RingWord(data.said, data.days, data.why)
    return await propose_once(
        parts, (caller, command), "propose_ring_word",
        lambda connection: propose_ring_word(connection, runtime, caller, named, word),
    )  # fmt: skip


@post(
    "/v1/operations/ring-words/{approval:str}/approval",
    status_code=201,
    opt=allow_write(Role.OPERATOR, Role.ANALYST),
)
async def allow_one_ring_word(
    approval: FromPath[str], parts: GivenParts, caller: GivenCaller, command: GivenCommand
) -> RingWordDone:
    """Allow a word on a ring that somebody else proposed."""
    runtime, identifier = parts.runtime, read_id(parts, "approval", approval)

    async def act(connection: Connection) -> RingWordDone:
        made = await allow_ring_word(connection, runtime, caller, identifier)
        return RingWordDone(made[0].list, len(made), made[0].expires_at)

    return await act_once(parts, (caller, command), "allow_ring_word", RingWordDone, act)


def _shown(parts: Parts, ring: Ring, standing: Standing) -> RingShown:
    show = parts.runtime.public.show
    ties = []
    for tie in ring.ties:
        entry = standing.get((tie.kind, tie.key))
        ties.append(
            TieShown(
                tie=show("ring", tie.key),
                kind=tie.kind,
                parties=[show("party", one) for one in tie.parties],
                stands_on=None if entry is None else entry.list,
                until=None if entry is None else entry.expires_at,
            )
        )
    members = [
        MemberShown(
            party=show("party", one.party),
            applications=[show("application", application) for application in one.applications],
            last_at=_instant(one.last_at_s),
        )
        for one in ring.members
    ]
    return RingShown(
        ring=show("ring", ring.key),
        applications=ring.applications,
        first_at=_instant(ring.first_at_s),
        last_at=_instant(ring.last_at_s),
        members=members,
        ties=ties,
    )


def _instant(at_s: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(at_s, dt.UTC)


ROUTES = (list_all_rings, propose_one_ring_word, allow_one_ring_word)
