"""Rows of bureau queries: the intent, then what came. Callers own the transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tongtu.risk.model import Query
from tongtu.risk.rules.bureau import Report, made_at
from tongtu.risk.rules.fraud import Bureau
from tongtu.runtime.api import Connection

_ASK = """
insert into risk.bureau_query (cell, id, party, provider, purpose, consent_version, asked_at)
values ($1, $2, $3, $4, $5, $6, $7)
"""
_NEWEST = """
select asked_at, state from risk.bureau_query
 where cell = $1 and party = $2 and provider = $3 order by id desc limit 1
"""
_ANSWER = """
update risk.bureau_query set state = $4, answered_at = $5, made_at = $6, debt_minor = $7
 where cell = $1 and id = $2 and party = $3 and state is null returning id
"""
# An older report never takes the place of a newer one, in whatever order the answers come.
_STAND = """
insert into risk.background as held
    (cell, party, bureau, bureau_at, bureau_overdue, bureau_inquiries)
values ($1, $2, $3, $4, $5, $6)
on conflict (cell, party) do update
   set bureau = excluded.bureau, bureau_at = excluded.bureau_at,
       bureau_overdue = excluded.bureau_overdue, bureau_inquiries = excluded.bureau_inquiries
 where held.bureau_at is null or held.bureau_at <= excluded.bureau_at
"""


@dataclass(frozen=True, slots=True)
class Held:
    """The newest query of a person."""

    asked_at: datetime
    state: str

    @property
    def is_answered(self) -> bool:
        """Whether the bureau said something that could be read."""
        return self.state in ("report", "no_record")


async def newest(connection: Connection, cell: int, party: int, provider: str) -> Held | None:
    """Return the person's newest query, if there is one."""
    row = await connection.fetchrow(_NEWEST, cell, party, provider)
    return None if row is None else Held(row["asked_at"], row["state"] or "")


async def ask(connection: Connection, query: Query) -> None:
    """Write the intent."""
    await connection.execute(
        _ASK,
        query.cell,
        query.id,
        query.party,
        query.informant,
        query.purpose,
        query.consent_version,
        query.asked_at,
    )


async def answer(
    connection: Connection,
    query: tuple[int, int, int],
    said: tuple[str, Report | None],
    at: datetime,
) -> None:
    """Write what came, once, and let it stand for decisions when it is a report or a clear no."""
    cell, number, party = query
    state, report = said
    made = None if report is None else made_at(report)
    debt_minor = 0 if report is None else report.debt_minor
    if await connection.fetchval(_ANSWER, cell, number, party, state, at, made, debt_minor) is None:
        return  # it was answered before
    if report is None or made is None:
        return
    bureau = Bureau.REPORT if report.has_record else Bureau.NO_RECORD
    counts = report.overdue_accounts, report.inquiries_6m
    await connection.execute(_STAND, cell, party, int(bureau), made, *counts)
