"""The log of credit information that went to lenders. Callers own the transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tongtu.runtime.api import Connection

_INTEND = """
insert into risk.credit_share as s (cell, request, party, lender, route, purpose, consent_version,
    reference, intent_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
on conflict (cell, request) do update set attempts = s.attempts + 1
returning state
"""
_END = """
update risk.credit_share set state = $3, rule = $4, ended_at = $5
 where cell = $1 and request = $2 and (state is null or state = 'no_answer')
"""
_OF_PARTY = """
select lender, route, purpose, consent_version, state, rule, intent_at
  from risk.credit_share where cell = $1 and party = $2 order by intent_at desc, request limit $3
"""
SHOWN_MAX = 100


@dataclass(frozen=True, slots=True)
class Share:
    """What is to reach which lender, for what, by which consent and route."""

    cell: int
    request: int
    party: int
    lender: int
    route: str
    purpose: str
    consent_version: str
    reference: str


@dataclass(frozen=True, slots=True)
class Shared:
    """One line of the log, as its person and the regulator may see it."""

    lender: int
    route: str
    purpose: str
    consent_version: str
    state: str | None
    rule: str
    intent_at: datetime


async def intend(connection: Connection, share: Share, at: datetime) -> str | None:
    """Write the intent; return what became of it before, if anything did."""
    state: str | None = await connection.fetchval(
        _INTEND,
        share.cell,
        share.request,
        share.party,
        share.lender,
        share.route,
        share.purpose,
        share.consent_version,
        share.reference,
        at,
    )
    return state


async def end(
    connection: Connection, of: tuple[int, int], said: tuple[str, str], at: datetime
) -> None:
    """Write what became of it; a deposit or a refusal is never taken back."""
    await connection.execute(_END, *of, *said, at)


async def of_party(connection: Connection, cell: int, party: int) -> list[Shared]:
    """Return what was shared of a person, newest first."""
    rows = await connection.fetch(_OF_PARTY, cell, party, SHOWN_MAX)
    return [Shared(**dict(row)) for row in rows]
