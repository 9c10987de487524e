"""What waits for a person and what persons decided. Callers own the transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import asyncpg

from tongtu.kernel.errors import NotFound
from tongtu.kernel.ids import ApplicationId, DecisionId, PartyId, ProgramId
from tongtu.origination.model import OFFERS_HELD, Outcome, Said
from tongtu.origination.store.batch import RACES, Raced
from tongtu.runtime.api import Connection

PAGE_MAX = 100
_COLUMNS = """
    a.id as application, a.party, a.product, a.amount_minor, a.tenor_months, a.submitted_at,
    a.decision, d.outcome, d.version, d.record
"""
_JOINED = """
  from origination.application a
  join origination.decision d on d.cell = a.cell and d.id = a.decision
"""
# A case whose documents are asked for is in no other queue until they are in or their day is over;
# one that a person asked to be looked at is in its own on the day by which the law wants an answer.
_NOT_WAITING = """
not exists (select from origination.document_request w
     where w.cell = a.cell and w.application = a.id and w.complete_at is null and w.answer_by >= $4)
"""
# What the machine left to a person and is still in force: the place of an earlier decision.
_BY_MACHINE = f"""
select {_COLUMNS}, a.submitted_at as since, null::date as answer_by, array[]::text[] as reasons
  {_JOINED} where d.cell = $1 and d.outcome = 'review' and d.application > $2 and {_NOT_WAITING}
 order by d.application limit $3
"""
_ASKED = f"""
select {_COLUMNS}, q.asked_at as since, q.answer_by, array[]::text[] as reasons
  {_JOINED} join origination.review_request q on q.cell = a.cell and q.application = a.id
 where a.cell = $1 and a.id > $2 and d.outcome = 'declined'
   and not exists (select from origination.ruling r where r.cell = a.cell and r.application = a.id)
   and (q.answer_by <= $4 or {_NOT_WAITING})
 order by a.id limit $3
"""
_HELD = f"""
select {_COLUMNS}, h.held_at as since, null::date as answer_by, h.reasons
  {_JOINED} join origination.hold h
    on h.cell = a.cell and h.application = a.id and h.decision = a.decision
 where a.cell = $1 and a.id > $2 and {_NOT_WAITING} order by a.id limit $3
"""
_FOR_DOCUMENTS = f"""
select {_COLUMNS}, w.asked_at as since, coalesce(h.reasons, array[]::text[]) as reasons,
       case when d.outcome = 'declined' then least(w.answer_by, q.answer_by) else w.answer_by
       end as answer_by
  {_JOINED}
  join origination.document_request w on w.cell = a.cell and w.application = a.id
  left join origination.review_request q on q.cell = a.cell and q.application = a.id
  left join origination.hold h
    on h.cell = a.cell and h.application = a.id and h.decision = a.decision
 where a.cell = $1 and a.id > $2 and w.complete_at is null and w.answer_by >= $4
   and (d.outcome = 'review' or h.held_at is not null or d.outcome = 'declined'
     and q.asked_at is not null
     and not exists (select from origination.ruling r
         where r.cell = a.cell and r.application = a.id))
 order by a.id limit $3
"""
QUEUES = {"rules": _BY_MACHINE, "asked": _ASKED, "links": _HELD, "documents": _FOR_DOCUMENTS}
# First and by itself: who waited for it reads, in the next statement, what was committed.
_LOCK = "select from origination.application where cell = $1 and id = $2 for update"
_IN_FORCE = f"""
select {_COLUMNS}, coalesce(r.machine, a.decision) as machine, m.outcome as machine_said,
       m.version as machine_version, m.record as machine_record,
       coalesce(r.business_date, a.business_date) as business_date,
       case when exists (select from origination.expiry e where e.cell = a.cell
           and e.business_date = coalesce(r.business_date, a.business_date))
         then array[]::int8[] else origination.holding(d.programs, d.holds) end as holding,
       coalesce((select h.reasons from origination.hold h where h.cell = a.cell
           and h.application = a.id and h.decision = a.decision), array[]::text[]) as reasons
  {_JOINED}
  left join origination.ruling r on r.cell = a.cell and r.id = a.decision
  join origination.decision m on m.cell = a.cell and m.id = coalesce(r.machine, a.decision)
 where a.cell = $1 and a.id = $2
"""
_WRITE = """
select origination.write_ruling(
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
"""
_NOTE = """
insert into origination.ruling
    (cell, id, application, machine, machine_said, lines_said, said, codes, cleared, is_override,
     staff, approval, business_date, decided_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
"""
_RULING = """
select id, application, machine, machine_said, lines_said, said, codes, cleared, is_override,
       staff, business_date, decided_at
  from origination.ruling
"""
# The machine's list, or one of an earlier ruling.
_OTHER_OFFERS = """
select exists (select from origination.ruling
    where cell = $1 and application = $2
      and (machine_said = 'offers' or (id <> $3 and said = 'approve')))
"""
_HOLD = """
insert into origination.hold (cell, application, decision, reasons, held_at)
values ($1, $2, $3, $4, $5) on conflict do nothing
"""


@dataclass(frozen=True, slots=True)
class Waits:
    """A case that waits for a person, its decision still packed."""

    application: ApplicationId
    party: PartyId
    product: str
    amount_minor: int
    tenor_months: int
    submitted_at: datetime
    decision: DecisionId
    outcome: Outcome
    version: int
    record: bytes
    since: datetime
    answer_by: date | None
    reasons: tuple[str, ...]  # what came to light after the decision


@dataclass(frozen=True, slots=True)
class InForce:
    """An application's decision in force and the machine's own, both packed; locked."""

    application: ApplicationId
    party: PartyId
    amount_minor: int
    decision: DecisionId
    machine: DecisionId
    machine_said: Outcome
    machine_version: int
    machine_record: bytes
    version: int
    record: bytes
    business_date: date
    holding: tuple[ProgramId, ...]  # whose quotas of that day the list still holds
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RulingRow:
    """A person's decision beside what the machine said."""

    id: DecisionId
    application: ApplicationId
    machine: DecisionId
    machine_said: Outcome
    lines_said: str
    said: Said
    codes: tuple[str, ...]
    cleared: tuple[str, ...]
    is_override: bool
    staff: int
    business_date: date
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class NewDecision:
    """A person's decision as the engine made it, on its way into the commit."""

    batch: int
    version: int
    business_date: date
    at: datetime
    application: ApplicationId
    before: DecisionId
    decision: DecisionId
    party: PartyId
    amount_minor: int
    outcome: str
    points: int
    band: int
    programs: tuple[ProgramId, ...]
    salt: bytes
    record: bytes
    commitment: bytes
    consents_used: int


async def waiting(
    connection: Connection, cell: int, page: tuple[str, int, int], day: date
) -> list[Waits]:
    """Return a page of a queue (its name, after which application, how many), oldest first."""
    queue, after, limit = page
    rows = await connection.fetch(QUEUES[queue], cell, after, limit, day)
    return [Waits(**_typed(row, "outcome")) for row in rows]


async def hold_in_force(connection: Connection, cell: int, application: ApplicationId) -> InForce:
    """Return the decision in force, locking its application. Raises NotFound."""
    await connection.execute(_LOCK, cell, application)
    row = await connection.fetchrow(_IN_FORCE, cell, application)
    if row is None:
        raise NotFound("no such application")
    found = _typed(row, "machine_said")
    return InForce(**{name: found[name] for name in InForce.__dataclass_fields__})


async def write(connection: Connection, cell: int, new: NewDecision) -> None:
    """Write a person's decision in the place of the one in force.

    Raises:
        Raced: a quota, a consent or the day moved meanwhile; the transaction is lost.
    """
    try:
        await connection.execute(
            _WRITE,
            cell,
            new.batch,
            new.version,
            new.business_date,
            new.at,
            new.application,
            new.before,
            new.decision,
            new.party,
            new.amount_minor,
            new.outcome,
            new.points,
            new.band,
            list(new.programs),
            new.salt,
            new.record,
            new.commitment,
            new.consents_used,
            OFFERS_HELD,
        )
    except asyncpg.PostgresError as error:
        race = RACES.get(error.sqlstate or "")
        if race is None:
            raise
        raise Raced(race) from error


async def note(connection: Connection, cell: int, made: RulingRow, approval: int | None) -> None:
    """Write what the person said beside what the machine did."""
    await connection.execute(
        _NOTE,
        cell,
        made.id,
        made.application,
        made.machine,
        made.machine_said.value,
        made.lines_said,
        made.said.value,
        list(made.codes),
        list(made.cleared),
        made.is_override,
        made.staff,
        approval,
        made.business_date,
        made.decided_at,
    )


async def rulings_since(connection: Connection, since: datetime, limit: int) -> list[RulingRow]:
    """Return persons' decisions of all cells since then, newest first."""
    rows = await connection.fetch(
        f"{_RULING} where decided_at >= $1 order by decided_at desc limit $2", since, limit
    )
    return [RulingRow(**_typed(row, "machine_said", "said")) for row in rows]


async def had_other_offers(
    connection: Connection, cell: int, application: ApplicationId, decision: DecisionId
) -> bool:
    """Tell whether the application had another list of offers before `decision` made its own."""
    found: bool = await connection.fetchval(_OTHER_OFFERS, cell, application, decision)
    return found


async def cleared(
    connection: Connection, cell: int, application: ApplicationId
) -> tuple[str, ...] | None:
    """Return what stood against a case and a person has seen; None where none decided."""
    found = await connection.fetchval(
        "select cleared from origination.ruling where cell = $1 and application = $2"
        " order by id desc limit 1",
        cell,
        application,
    )
    return None if found is None else tuple(found)


async def hold(
    connection: Connection, cell: int, of: tuple[ApplicationId, DecisionId], reasons: Sequence[str],
    at: datetime,
) -> None:  # fmt: skip
    """Note why offers wait for a person. Safe to repeat."""
    await connection.execute(_HOLD, cell, *of, list(reasons), at)


def _typed(row: asyncpg.Record, *enums: str) -> dict[str, Any]:
    values: dict[str, Any] = dict(row.items())
    for name in enums:
        values[name] = (Said if name == "said" else Outcome)(values[name])
    for name in ("reasons", "codes", "cleared", "holding"):
        if name in values:
            values[name] = tuple(values[name])
    return values
