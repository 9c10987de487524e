"""The rows of campaigns and their members. Callers own the transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

import asyncpg
import msgspec

from tongtu.campaign.model import Campaign, Fate, Group, Member, Plan
from tongtu.kernel.errors import NotFound
from tongtu.runtime.api import Connection

_COLUMNS = """
    id, plan, proposed_by, proposed_at, approval, approved_at, stopped_at, stopped_by, stopped_why
  from campaign.campaign
"""
_INSERT = """
insert into campaign.campaign (id, plan, starts_at, ends_at, proposed_by, proposed_at)
values ($1, $2::jsonb, $3, $4, $5, $6)
"""
_FIND = f"select {_COLUMNS} where id = $1"
_LIST = f"select {_COLUMNS} order by proposed_at desc, id desc limit 100"
_RUNNING = f"""
select {_COLUMNS} where approval is not null and stopped_at is null
   and starts_at <= $1 and ends_at > $1 order by starts_at, id limit 20
"""
_APPROVE = "update campaign.campaign set approval = $2, approved_at = $3 where id = $1"
_STOP = """
update campaign.campaign set stopped_at = $2, stopped_by = $3, stopped_why = $4
 where id = $1 and approval is not null and stopped_at is null and ends_at > $2 returning true
"""
_AFTER = "select after_party, is_done from campaign.progress where cell = $1 and campaign = $2"
_ADVANCE = """
insert into campaign.progress (cell, campaign, after_party, is_done) values ($1, $2, $3, $4)
on conflict (cell, campaign) do update
    set after_party = excluded.after_party, is_done = excluded.is_done
"""
_ENROL = """
insert into campaign.member
    (cell, campaign, party, "group", chance_ppm, stratum, enrolled_on, enrolled_at)
select $1, $2, p, g, $5, s, $7, $8 from unnest($3::int8[], $4::text[], $6::text[]) as m (p, g, s)
on conflict do nothing
"""
_COUNT = "select count(*) from campaign.member where campaign = $1"
_DUE = """
select party from campaign.member
 where cell = $1 and campaign = $2 and fate = 'due' and "group" = 'push' and party > $3
 order by party limit $4
"""
# One process at a time counts the members and draws more: two would both find room.
_LOCK = """
select stopped_at is null and ends_at > $2 from campaign.campaign where id = $1 for update
"""
# The campaign is read in the same statement: nothing is sent once it was stopped, or is over.
_HOLD = """
select m.stratum from campaign.member m join campaign.campaign c on c.id = m.campaign
 where m.cell = $1 and m.campaign = $2 and m.party = $3 and m.fate = 'due' and m."group" = 'push'
   and c.stopped_at is null and c.ends_at > $4 for update of m for share of c
"""
_FATE = """
update campaign.member set fate = $4, push = $5, refusal = $6
 where cell = $1 and campaign = $2 and party = $3
"""
_MEMBERS = """
select party, "group", chance_ppm, stratum, enrolled_on, fate, enrolled_at from campaign.member
 where cell = $1 and campaign = $2 order by party
"""


class Enrolled(NamedTuple):
    """A member with their fate and when they were drawn."""

    member: Member
    fate: Fate
    at: datetime


async def insert(connection: Connection, made: Campaign) -> None:
    """Write a proposal."""
    plan = made.plan
    content = msgspec.json.encode(plan).decode()
    times = plan.starts_at, plan.ends_at
    await connection.execute(_INSERT, made.id, content, *times, made.proposed_by, made.proposed_at)


async def find(connection: Connection, campaign: int) -> Campaign:
    """Return a campaign. Raises NotFound."""
    row = await connection.fetchrow(_FIND, campaign)
    if row is None:
        raise NotFound("no such campaign")
    return _of(row)


async def newest(connection: Connection) -> list[Campaign]:
    """Return the hundred proposed last, newest first."""
    return [_of(row) for row in await connection.fetch(_LIST)]


async def running(connection: Connection, now: datetime) -> list[Campaign]:
    """Return the campaigns that run now, at most twenty."""
    return [_of(row) for row in await connection.fetch(_RUNNING, now)]


async def approve(connection: Connection, campaign: int, approval: int, at: datetime) -> None:
    """Let it run when its time comes."""
    await connection.execute(_APPROVE, campaign, approval, at)


async def stop(
    connection: Connection, campaign: int, by: tuple[int | None, str], at: datetime
) -> bool:
    """End it at once; False: it has ended, or was never approved. `by` is who, and why."""
    return bool(await connection.fetchval(_STOP, campaign, at, *by))


async def lock(connection: Connection, campaign: int, now: datetime) -> bool:
    """Lock a campaign until the transaction ends; False: it was stopped, or is over."""
    return bool(await connection.fetchval(_LOCK, campaign, now))


async def progress(connection: Connection, cell: int, campaign: int) -> tuple[int, bool]:
    """Return after which party the enrolment of a cell goes on, and whether it is done."""
    row = await connection.fetchrow(_AFTER, cell, campaign)
    return (0, False) if row is None else (row["after_party"], row["is_done"])


async def advance(connection: Connection, cell: int, campaign: int, to: tuple[int, bool]) -> None:
    """Note how far the enrolment has come."""
    await connection.execute(_ADVANCE, cell, campaign, *to)


async def enrol(
    connection: Connection,
    cell: int,
    campaign: int,
    members: Sequence[Member],
    on: tuple[date, datetime],
) -> None:
    """Write members once: who was drawn stays as drawn. All have one chance."""
    if members:
        await connection.execute(
            _ENROL,
            cell,
            campaign,
            [one.party for one in members],
            [one.group.value for one in members],
            members[0].chance_ppm,
            [one.stratum for one in members],
            *on,
        )


async def count_members(connection: Connection, campaign: int) -> int:
    """Return how many were drawn, in all cells."""
    return int(await connection.fetchval(_COUNT, campaign))


async def due(connection: Connection, cell: int, campaign: int, page: tuple[int, int]) -> list[int]:
    """Return a page (after which party, how many) of those who are still to be pushed to."""
    return [int(row["party"]) for row in await connection.fetch(_DUE, cell, campaign, *page)]


async def hold_due(
    connection: Connection, cell: int, of: tuple[int, int], now: datetime
) -> str | None:
    """Return a due member's (campaign, party) stratum, locked; None: not due, or it is over."""
    found: str | None = await connection.fetchval(_HOLD, cell, *of, now)
    return found


async def note_fate(
    connection: Connection,
    cell: int,
    of: tuple[int, int],
    fate: tuple[Fate, int | None, str | None],
) -> None:
    """Note what became of a member (campaign, party): pushed by which push, or refused why."""
    await connection.execute(_FATE, cell, *of, fate[0].value, *fate[1:])


async def members(connection: Connection, cell: int, campaign: int) -> list[Enrolled]:
    """Return all members of a cell; a campaign has at most AUDIENCE_MAX."""
    return [
        Enrolled(
            Member(
                row["party"], Group(row["group"]), row["chance_ppm"], row["stratum"],
                row["enrolled_on"],
            ),
            Fate(row["fate"]),
            row["enrolled_at"],
        )
        for row in await connection.fetch(_MEMBERS, cell, campaign)
    ]  # fmt: skip


def _of(row: asyncpg.Record) -> Campaign:
    values = dict(row.items())
    plan = msgspec.json.decode(values.pop("plan"), type=Plan)
    return Campaign(plan=plan, **values)
