"""The monitoring's own rows: how far it is, what it said last, which alarms are open."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tongtu.runtime.api import Connection

_BEGIN = """
insert into risk.monitoring (began_at, of) values ($1, $2)
on conflict (one) do update set began_at = $1, looked = 0, of = $2, done_at = null
"""
_ADVANCE = "update risk.monitoring set looked = $1"
# There are as many decisions as were read; the window was the most there could have been.
_FINISH = "update risk.monitoring set of = looked, done_at = $1, report = $2::jsonb"
_FIND = "select began_at, looked, of, done_at, report from risk.monitoring"
_RAISE = """
insert into risk.alarm (id, kind, subject, model, value, line, raised_at)
values ($1, $2, $3, $4, $5, $6, $7)
on conflict (kind, subject) where cleared_at is null do nothing returning id
"""
_CLEAR = """
update risk.alarm set cleared_at = $3 where kind = $1 and subject = $2 and cleared_at is null
returning id
"""
_ALARMS = """
select id, kind, subject, model, value, line, raised_at, cleared_at
  from risk.alarm order by cleared_at nulls first, raised_at desc limit 100
"""


@dataclass(frozen=True, slots=True)
class Monitoring:
    """How far the newest look has come; the report is that of the last look that was done."""

    began_at: datetime
    looked: int
    of: int
    done_at: datetime | None
    report: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something that moved beyond its line."""

    id: int
    kind: str
    subject: str
    model: str
    value: float
    line: float
    raised_at: datetime
    cleared_at: datetime | None


async def begin(connection: Connection, of: int, at: datetime) -> None:
    """Note that a look at so many decisions begins."""
    await connection.execute(_BEGIN, at, of)


async def advance(connection: Connection, looked: int) -> None:
    """Note how far it is."""
    await connection.execute(_ADVANCE, looked)


async def finish(connection: Connection, report: Mapping[str, Any], at: datetime) -> None:
    """Note what it said."""
    await connection.execute(_FINISH, at, json.dumps(report))


async def find_monitoring(connection: Connection) -> Monitoring | None:
    """Return how far the monitoring is; None: it has not begun."""
    row = await connection.fetchrow(_FIND)
    if row is None:
        return None
    report = json.loads(row["report"]) if row["report"] else {}
    return Monitoring(row["began_at"], row["looked"], row["of"], row["done_at"], report)


async def raise_alarm(connection: Connection, alarm: Alarm) -> bool:
    """Open an alarm; False: it is open already."""
    values = (alarm.id, alarm.kind, alarm.subject, alarm.model, alarm.value, alarm.line)
    return await connection.fetchval(_RAISE, *values, alarm.raised_at) is not None


async def clear_alarm(connection: Connection, kind: str, subject: str, at: datetime) -> bool:
    """Close an open alarm; False: there is none."""
    return await connection.fetchval(_CLEAR, kind, subject, at) is not None


async def list_alarms(connection: Connection) -> list[Alarm]:
    """Return the open alarms, then the newest of the others, a hundred at most."""
    return [Alarm(*row) for row in await connection.fetch(_ALARMS)]
