"""How far each handler has read the outbox, what it must try again, and who reads for it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec

from tongtu.runtime.database import Connection, Database
from tongtu.runtime.outbox import Event

PAUSE_MAX_S = 300  # between two attempts at an event that fails
_DOUBLINGS_MAX = 9

ADD = "insert into runtime.reader (topic, handler) values ($1, $2) on conflict do nothing"
MARK = "select xid::text as xid, id from runtime.reader where topic = $1 and handler = $2"
# What there is to do, by one statement: a reader looks several times a second, mostly in vain.
# First the events after the mark; rows of transactions that may still commit before this moment
# are left for the next look. Then those to be tried again, which lie behind the mark.
WORK = """
(select o.cell, o.id, o.at, o.payload, o.xid::text as xid, null as attempts
from runtime.outbox o
where o.topic = $1 and (o.xid, o.id) > ($3::text::xid8, $4)
  and o.xid < pg_snapshot_xmin(pg_current_snapshot())
  and not exists (select from runtime.inbox i where i.handler = $2 and i.xid = o.xid
                  and i.event = o.id and i.cell = o.cell)
order by o.xid, o.id limit $6)
union all
(select o.cell, o.id, o.at, o.payload, o.xid::text as xid, t.attempts
from runtime.retry t join runtime.outbox o on o.cell = t.cell and o.id = t.event
where t.topic = $1 and t.handler = $2 and t.next_at <= $5 order by t.next_at limit $6)
"""
# Who has any of it, of all readers of a process at once: the usual answer is nobody.
BUSY = """
select r.n from unnest($1::text[], $2::text[], $3::text[], $4::int8[])
    with ordinality as r (topic, handler, xid, id, n)
where exists (
    select from runtime.outbox o
    where o.topic = r.topic and (o.xid, o.id) > (r.xid::xid8, r.id)
      and o.xid < pg_snapshot_xmin(pg_current_snapshot())
      and not exists (select from runtime.inbox i where i.handler = r.handler and i.xid = o.xid
                      and i.event = o.id and i.cell = o.cell)
) or exists (
    select from runtime.retry t join runtime.outbox o on o.cell = t.cell and o.id = t.event
    where t.topic = r.topic and t.handler = r.handler and t.next_at <= $5
)
"""
ADVANCE = """
update runtime.reader set xid = $3::text::xid8, id = $4
where topic = $1 and handler = $2 and (xid, id) < ($3::text::xid8, $4)
"""
# What lies behind the mark is never read again, unless it waits to be tried again.
PRUNE = """
delete from runtime.inbox i where i.handler = $1 and i.topic = $2 and i.xid < $3::text::xid8
and not exists (select from runtime.retry t
                where t.handler = i.handler and t.cell = i.cell and t.event = i.event)
"""
PUT_OFF = """
insert into runtime.retry (handler, cell, event, topic, attempts, next_at, fault)
values ($1, $2, $3, $4, $5, $6, $7)
on conflict (handler, cell, event) do update
set attempts = excluded.attempts, next_at = excluded.next_at, fault = excluded.fault
"""
FORGET = "delete from runtime.retry where handler = $1 and cell = $2 and event = $3"
FIRST_TIME = """
insert into runtime.inbox (handler, xid, event, cell, topic)
select $1, o.xid, o.id, o.cell, o.topic from runtime.outbox o where o.cell = $2 and o.id = $3
on conflict do nothing
"""
RETRYING = "select count(*) from runtime.retry"


@dataclass(frozen=True, slots=True)
class Reader:
    """One handler of one topic."""

    topic: str
    handler: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in commit order: transaction, then event."""

    xid: str
    id: int


@dataclass(frozen=True, slots=True)
class Failure:
    """An event to be tried again at `next_at`; `fault` is the name of what went wrong."""

    event: Event
    attempts: int
    next_at: datetime
    fault: str


@dataclass(frozen=True, slots=True)
class Work:
    """Events after the mark in commit order, each with its own; and those to be tried again.

    With the latter stand the attempts made.
    """

    fresh: list[tuple[Mark, Event]]
    due: list[tuple[int, Event]]


async def first_time(connection: Connection, handler: str, event: Event) -> bool:
    """Note in the handler's own transaction that it takes effect; False when it did before."""
    status = await connection.execute(FIRST_TIME, handler, event.cell, event.id)
    return bool(status == "INSERT 0 1")


async def hold(session: Connection, reader: Reader) -> bool:
    """Take the reader's place for this session; False while another one has it.

    The place is freed by the end of the session, the death of its process included.
    """
    name = f"relay\x1f{reader.topic}\x1f{reader.handler}".encode()
    key = int.from_bytes(hashlib.blake2b(name, digest_size=8).digest(), "big", signed=True)
    return bool(await session.fetchval("select pg_try_advisory_lock($1)", key))


async def find_mark(connection: Connection, reader: Reader) -> Mark:
    """Return how far the reader came; a new one begins at the first event."""
    await connection.execute(ADD, reader.topic, reader.handler)
    row = await connection.fetchrow(MARK, reader.topic, reader.handler)
    if row is None:
        raise RuntimeError("a reader vanished")
    return Mark(row["xid"], row["id"])


async def find_work(
    database: Database, reader: Reader, mark: Mark, now: datetime, limit: int
) -> Work:
    """Return what a reader has to do; of each kind at most `limit` events."""
    asked = (reader.topic, reader.handler, mark.xid, mark.id, now, limit)
    fresh: list[tuple[Mark, Event]] = []
    due: list[tuple[int, Event]] = []
    for row in await database.look(WORK, *asked):
        event = _event(reader.topic, row)
        if row["attempts"] is None:
            fresh.append((Mark(row["xid"], row["id"]), event))
        else:
            due.append((row["attempts"], event))
    return Work(sorted(fresh, key=_in_order), due)


async def find_busy(
    database: Database, marks: Sequence[tuple[Reader, Mark]], now: datetime
) -> list[int]:
    """Return the places of the readers that have something to do."""
    columns: tuple[list[object], ...] = ([], [], [], [])
    for reader, mark in marks:
        for column, value in zip(
            columns, (reader.topic, reader.handler, mark.xid, mark.id), strict=True
        ):
            column.append(value)
    return [row["n"] - 1 for row in await database.look(BUSY, *columns, now)]


def _in_order(one: tuple[Mark, Event]) -> tuple[int, int]:
    return int(one[0].xid), one[0].id


async def advance(connection: Connection, reader: Reader, mark: Mark) -> None:
    """Write down that everything up to `mark` is settled or put off."""
    await connection.execute(ADVANCE, reader.topic, reader.handler, mark.xid, mark.id)
    await connection.execute(PRUNE, reader.handler, reader.topic, mark.xid)


async def put_off(connection: Connection, reader: Reader, failures: Sequence[Failure]) -> None:
    """Write down the events to be tried again."""
    if failures:
        rows = [
            (
                reader.handler,
                failure.event.cell,
                failure.event.id,
                reader.topic,
                failure.attempts,
                failure.next_at,
                failure.fault,
            )
            for failure in failures
        ]
        await connection.executemany(PUT_OFF, rows)


async def forget(connection: Connection, reader: Reader, event: Event) -> None:
    """Strike an event off the list of those to be tried again."""
    await connection.execute(FORGET, reader.handler, event.cell, event.id)


async def count_retrying(connection: Connection) -> int:
    """Return how many events wait to be tried again, over all handlers."""
    return int(await connection.fetchval(RETRYING))


def failed(event: Event, attempts: int, fault: type[Exception], now: datetime) -> Failure:
    """Return when to try again: after 1, 2, 4 … seconds, at most five minutes."""
    pause_s = min(2 ** min(attempts - 1, _DOUBLINGS_MAX), PAUSE_MAX_S)
    return Failure(event, attempts, now + timedelta(seconds=pause_s), fault.__name__)


def _event(topic: str, row: Any) -> Event:
    return Event(row["cell"], row["id"], topic, msgspec.json.decode(row["payload"]), row["at"])
