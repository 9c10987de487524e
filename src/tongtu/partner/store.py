"""Rows of webhooks and deliveries; every move is one guarded statement."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import asyncpg

from tongtu.partner.model import Delivery, DeliveryState, News, Owner, Webhook
from tongtu.runtime.api import Connection

_COLUMNS = "id, role, organisation, url, events, generation, previous_until, opened_at"
_LOCK_OWNER = "select pg_advisory_xact_lock(710533, hashtext($1))"
_COUNT = """
select count(*) from partner.webhook where role = $1 and organisation = $2 and is_open
"""
_INSERT = """
insert into partner.webhook (id, role, organisation, url, events, opened_at)
values ($1, $2, $3, $4, $5, $6)
"""
_LIST = f"""
select {_COLUMNS} from partner.webhook
 where role = $1 and organisation = $2 and is_open order by id
"""
_FIND = f"""
select {_COLUMNS} from partner.webhook
 where id = $1 and role = $2 and organisation = $3 and is_open
"""
_OPEN = f"select {_COLUMNS} from partner.webhook where id = any ($1::int8[]) and is_open"
_CLOSE = """
update partner.webhook set is_open = false
 where id = $1 and role = $2 and organisation = $3 and is_open
"""
_ROTATE = """
update partner.webhook set generation = generation + 1, previous_until = $4
 where id = $1 and role = $2 and organisation = $3 and is_open
   and (previous_until is null or previous_until <= $5) returning generation
"""
_END_KEYS = """
insert into partner.sandbox_ended as e (role, organisation, through_s, at) values ($1, $2, $3, $4)
on conflict (role, organisation) do update
   set through_s = greatest(e.through_s, excluded.through_s), at = excluded.at
"""
_KEYS_ENDED = "select through_s from partner.sandbox_ended where role = $1 and organisation = $2"
_ENQUEUE = """
insert into partner.delivery
    (cell, webhook, event, kind, body, happened_at, state, next_at)
select $1, w.id, $4, $5, $6, $7, 'waiting', $8 from partner.webhook w
 where w.role = $2 and w.organisation = $3 and w.is_open and $5 = any (w.events)
on conflict do nothing
"""
_PING = """
insert into partner.delivery (cell, webhook, event, kind, body, happened_at, state, next_at)
values ($1, $2, $3, 'ping', $4, $5, 'waiting', $5)
"""
_PINGS = """
select count(*) from partner.delivery
 where cell = $1 and webhook = $2 and kind = 'ping' and state = 'waiting'
"""
_DELIVERY = """
    cell, webhook, event, kind, body, happened_at, state, attempts, next_at, status, fault, ended_at
"""
_LEASE = f"""
update partner.delivery set attempts = attempts + 1, next_at = $2 + $3
 where (cell, webhook, event) in (
    select cell, webhook, event from partner.delivery
     where cell = $1 and state = 'waiting' and next_at <= $2
     order by next_at, event limit $4 for update skip locked)
returning {_DELIVERY}
"""
# The attempt is the fence: who lost the lease writes nothing.
_END = """
update partner.delivery set state = $5, status = $6, fault = $7, ended_at = $8
 where cell = $1 and webhook = $2 and event = $3 and attempts = $4 and state = 'waiting'
"""
_PUT_OFF = """
update partner.delivery set status = $5, fault = $6, next_at = $7
 where cell = $1 and webhook = $2 and event = $3 and attempts = $4 and state = 'waiting'
"""
_REPLAY = """
update partner.delivery set state = 'waiting', attempts = 0, next_at = $5, ended_at = null
 where (cell, webhook, event) in (
    select cell, webhook, event from partner.delivery
     where cell = $1 and webhook = $2 and state <> 'waiting'
       and happened_at >= $3 and happened_at < $4
     order by event limit $6 for update)
"""
# Reads all cells: a partner has borrowers in each.
_PAGE = f"""
select {_DELIVERY} from partner.delivery
 where webhook = $1 and event < $2 order by event desc limit $3
"""


async def end_keys(connection: Connection, owner: Owner, through_s: int, at: datetime) -> None:
    """Let keys to the sandbox that end by a second, and before, open nothing any more."""
    await connection.execute(_END_KEYS, owner.role, owner.organisation, through_s, at)


async def keys_ended(connection: Connection, owner: Owner) -> int:
    """Return the second through which a partner's keys were ended early; 0 for none."""
    found = await connection.fetchval(_KEYS_ENDED, owner.role, owner.organisation)
    return int(found or 0)


async def lock_owner(connection: Connection, owner: Owner) -> None:
    """Let one command of a partner at a time count and add its webhooks."""
    await connection.execute(_LOCK_OWNER, f"{owner.role}:{owner.organisation}")


async def count(connection: Connection, owner: Owner) -> int:
    """Return how many webhooks a partner has open."""
    return int(await connection.fetchval(_COUNT, owner.role, owner.organisation))


async def insert(connection: Connection, new: Webhook) -> None:
    """Write a webhook."""
    owner = new.owner
    await connection.execute(
        _INSERT, new.id, owner.role, owner.organisation, new.url, list(new.events), new.opened_at
    )


async def page(connection: Connection, owner: Owner) -> list[Webhook]:
    """Return a partner's open webhooks."""
    return [_webhook(row) for row in await connection.fetch(_LIST, owner.role, owner.organisation)]


async def find(connection: Connection, owner: Owner, webhook: int) -> Webhook | None:
    """Return an open webhook of this partner."""
    row = await connection.fetchrow(_FIND, webhook, owner.role, owner.organisation)
    return None if row is None else _webhook(row)


async def find_open(connection: Connection, webhooks: Sequence[int]) -> dict[int, Webhook]:
    """Return those of these webhooks that are open."""
    rows = await connection.fetch(_OPEN, list(webhooks))
    return {row["id"]: _webhook(row) for row in rows}


async def close(connection: Connection, owner: Owner, webhook: int) -> bool:
    """Close a webhook; False when there is none open."""
    done = await connection.execute(_CLOSE, webhook, owner.role, owner.organisation)
    return bool(done == "UPDATE 1")


async def rotate(
    connection: Connection, owner: Owner, webhook: int, now: datetime, overlap: timedelta
) -> int | None:
    """Give a webhook its next secret; return its generation, None while the last one is new."""
    found: int | None = await connection.fetchval(
        _ROTATE, webhook, owner.role, owner.organisation, now + overlap, now
    )
    return found


async def enqueue(connection: Connection, cell: int, news: News, at: datetime) -> int:
    """Write a delivery for each webhook that wants the news; the same news again adds none."""
    owner = news.owner
    done: str = await connection.execute(
        _ENQUEUE,
        cell,
        owner.role,
        owner.organisation,
        news.event,
        news.kind.value,
        news.body,
        news.happened_at,
        at,
    )
    return int(done.rsplit(maxsplit=1)[-1])


async def enqueue_ping(
    connection: Connection, place: tuple[int, int, int], body: bytes, at: datetime
) -> None:
    """Write a test delivery; `place` is cell, webhook, event."""
    await connection.execute(_PING, *place, body, at)


async def count_pings(connection: Connection, cell: int, webhook: int) -> int:
    """Return how many test deliveries of a webhook wait in a cell: all of them are in its own."""
    return int(await connection.fetchval(_PINGS, cell, webhook))


async def lease(
    connection: Connection, cell: int, now: datetime, life: timedelta, limit: int
) -> list[Delivery]:
    """Take up deliveries that are due; who dies over one leaves it to the next after `life`."""
    return [_delivery(row) for row in await connection.fetch(_LEASE, cell, now, life, limit)]


async def end(
    connection: Connection,
    held: Delivery,
    to: tuple[DeliveryState, int | None, str],
    at: datetime,
) -> None:
    """Note that a delivery arrived or is parked, with the last status and fault."""
    state, status, fault = to
    of = (held.cell, held.webhook, held.event, held.attempts)
    await connection.execute(_END, *of, state.value, status, fault, at)


async def put_off(
    connection: Connection, held: Delivery, said: tuple[int | None, str], next_at: datetime
) -> None:
    """Try a delivery again at an instant."""
    of = (held.cell, held.webhook, held.event, held.attempts)
    await connection.execute(_PUT_OFF, *of, *said, next_at)


async def replay(
    connection: Connection,
    of: tuple[int, int],
    between: tuple[datetime, datetime],
    at: datetime,
    limit: int,
) -> int:
    """Send again what happened between two instants and is not waiting; return how many.

    `of` is cell and webhook.
    """
    done: str = await connection.execute(_REPLAY, *of, *between, at, limit)
    return int(done.rsplit(maxsplit=1)[-1])


async def deliveries(
    connection: Connection, webhook: int, before: int, limit: int
) -> list[Delivery]:
    """Return a webhook's deliveries older than an event, newest first."""
    return [_delivery(row) for row in await connection.fetch(_PAGE, webhook, before, limit)]


def _webhook(row: asyncpg.Record) -> Webhook:
    return Webhook(
        id=row["id"],
        owner=Owner(row["role"], row["organisation"]),
        url=row["url"],
        events=tuple(row["events"]),
        generation=row["generation"],
        previous_until=row["previous_until"],
        opened_at=row["opened_at"],
    )


def _delivery(row: asyncpg.Record) -> Delivery:
    values = dict(row.items())
    return Delivery(**{**values, "state": DeliveryState(values["state"])})
