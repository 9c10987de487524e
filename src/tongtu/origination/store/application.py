"""Reads of applications: no query without its caller. Callers own the transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import asyncpg

from tongtu.identity.api import Caller, Role
from tongtu.kernel.errors import NotAllowed, NotFound
from tongtu.kernel.ids import ApplicationId, DecisionId, OfferId, PartyId, ProgramId
from tongtu.origination.model import Outcome
from tongtu.runtime.api import Connection

PAGE_MAX = 100
_STAFF = frozenset({Role.CLERK, Role.OPERATOR, Role.REGULATOR})
_COLUMNS = """
    a.cell, a.id, a.party, a.decision, a.product, a.amount_minor, a.tenor_months,
    coalesce(r.business_date, a.business_date) as business_date,
    a.submitted_at, d.outcome, d.version, d.record, d.programs, d.holds, t.id as offer
  from origination.application a
  join origination.decision d on d.cell = a.cell and d.id = a.decision
  left join origination.ruling r on r.cell = a.cell and r.id = a.decision
  left join origination.acceptance t on t.cell = a.cell and t.application = a.id
"""
_OF_BORROWER = f"select {_COLUMNS} where a.cell = $1 and a.id = $2 and a.party = $3"
_OF_LENDER = f"select {_COLUMNS} where a.cell = $1 and a.id = $2 and t.lender = $3"
_OF_STAFF = f"select {_COLUMNS} where a.cell = $1 and a.id = $2"
_PAGE_OF_BORROWER = f"""
select {_COLUMNS} where a.cell = $1 and a.party = $2 and a.id < $3 order by a.id desc limit $4
"""
_PAGE_OF_STAFF = f"select {_COLUMNS} where a.cell = $1 and a.id < $2 order by a.id desc limit $3"
_HOLD = "select decision from origination.application where cell = $1 and id = $2 for update"
_DECISION = """
select d.application, d.outcome, d.version, d.salt, d.record
  from origination.decision d where d.cell = $1 and d.id = $2
"""
# The machine's own decisions: what persons made of some of them is not held against rules.
_OF_DAYS = """
select d.application, d.outcome, d.version, d.salt, d.record
  from origination.application a
  left join origination.ruling r on r.cell = a.cell and r.id = a.decision
  join origination.decision d on d.cell = a.cell and d.id = coalesce(r.machine, a.decision)
 where a.cell = $1 and a.business_date between $2 and $3 and d.id > $4 order by d.id limit $5
"""
# Persons' decisions, of the day each was made on.
_RULED_OF_DAYS = """
select d.application, d.outcome, d.version, d.salt, d.record
  from origination.ruling r
  join origination.decision d on d.cell = r.cell and d.id = r.id
 where r.cell = $1 and r.business_date between $2 and $3 and d.id > $4 order by d.id limit $5
"""
_BEYOND = """
select d.application, d.outcome, d.version, d.salt, d.record
  from origination.decision d
 where d.cell = $1 and d.id > $2 and d.id < $3 order by d.id limit $4
"""
_LATEST_DECISIONS = """
select d.id, d.application, d.outcome, d.version, d.salt, d.record
  from origination.decision d where d.cell = $1 and d.id > $2 and d.id < $3
   and not exists (select from origination.ruling r where r.cell = d.cell and r.id = d.id)
 order by d.id desc limit $4
"""


@dataclass(frozen=True, slots=True)
class Row:
    """An application with its decision, still packed."""

    cell: int
    id: ApplicationId
    party: PartyId
    decision: DecisionId
    product: str
    amount_minor: int
    tenor_months: int
    business_date: date
    submitted_at: datetime
    outcome: Outcome
    version: int
    record: bytes
    programs: Sequence[ProgramId]
    holds: int | None  # so many of the programs, from the first, hold their amount; None: each
    offer: OfferId | None


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """A decision as stored."""

    application: ApplicationId
    outcome: Outcome
    version: int
    salt: bytes
    record: bytes


async def find(
    connection: Connection, cell: int, caller: Caller, application: ApplicationId
) -> Row:
    """Return an application the caller may see. Raises NotFound."""
    if caller.role is Role.BORROWER:
        row = await connection.fetchrow(_OF_BORROWER, cell, application, caller.subject)
    elif caller.role is Role.LENDER:
        row = await connection.fetchrow(_OF_LENDER, cell, application, caller.organisation)
    elif caller.role in _STAFF:
        row = await connection.fetchrow(_OF_STAFF, cell, application)
    else:
        row = None
    if row is None:
        raise NotFound("no such application")
    return _row(row)


async def hold(connection: Connection, cell: int, application: ApplicationId) -> DecisionId:
    """Return the decision in force, which stays so until this transaction ends. Raises NotFound.

    Whoever waited here reads on in a statement of its own: that one sees what was committed.
    """
    found = await connection.fetchval(_HOLD, cell, application)
    if found is None:
        raise NotFound("no such application")
    return DecisionId(found)


async def page(
    connection: Connection, cell: int, caller: Caller, before: ApplicationId, limit: int
) -> Sequence[Row]:
    """Return the caller's applications older than `before`, newest first.

    Raises:
        NotAllowed: a role that has no list of applications.
    """
    most = min(limit, PAGE_MAX)
    if caller.role is Role.BORROWER:
        rows = await connection.fetch(_PAGE_OF_BORROWER, cell, caller.subject, before, most)
    elif caller.role in _STAFF:
        rows = await connection.fetch(_PAGE_OF_STAFF, cell, before, most)
    else:
        raise NotAllowed("your role has no list of applications")
    return [_row(row) for row in rows]


async def decisions(
    connection: Connection, cell: int, days: tuple[date, date], after: int, limit: int
) -> Sequence[DecisionRow]:
    """Return the machine's decisions of these business days beyond an id, in the order of ids."""
    rows = await connection.fetch(_OF_DAYS, cell, *days, after, limit)
    return [_decision(row) for row in rows]


async def ruled(
    connection: Connection, cell: int, days: tuple[date, date], after: int, limit: int
) -> Sequence[DecisionRow]:
    """Return persons' decisions of these business days beyond an id, in the order of ids."""
    rows = await connection.fetch(_RULED_OF_DAYS, cell, *days, after, limit)
    return [_decision(row) for row in rows]


async def decisions_beyond(
    connection: Connection, cell: int, beyond: tuple[int, int], limit: int
) -> Sequence[DecisionRow]:
    """Return the decisions of a cell between two ids, both left out, in the order of ids."""
    rows = await connection.fetch(_BEYOND, cell, *beyond, limit)
    return [_decision(row) for row in rows]


async def find_decision(connection: Connection, cell: int, decision: DecisionId) -> DecisionRow:
    """Return a decision for replay and proof; its reader has passed the caller's check."""
    row = await connection.fetchrow(_DECISION, cell, decision)
    if row is None:
        raise NotFound("no such decision")
    return _decision(row)


async def latest_decisions(
    connection: Connection, cell: int, between: tuple[int, int], limit: int
) -> list[tuple[DecisionId, DecisionRow]]:
    """Return a page of the machine's decisions of a cell between two ids, newest first.

    Both ids are left out.
    """
    rows = await connection.fetch(_LATEST_DECISIONS, cell, *between, min(limit, PAGE_MAX))
    return [(DecisionId(row["id"]), _decision(row)) for row in rows]


def _decision(row: asyncpg.Record) -> DecisionRow:
    return DecisionRow(
        ApplicationId(row["application"]),
        Outcome(row["outcome"]),
        row["version"],
        row["salt"],
        row["record"],
    )


def _row(row: asyncpg.Record) -> Row:
    values = dict(row.items())
    return Row(**{**values, "outcome": Outcome(values["outcome"])})
