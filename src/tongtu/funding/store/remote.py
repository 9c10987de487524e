"""Requests to remote lenders as rows; each move is one guarded statement."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import asyncpg

from tongtu.funding.rules.remote import AskState
from tongtu.kernel.ids import ApplicationId, DecisionId, LenderId, ProgramId
from tongtu.runtime.api import Connection

_COLUMNS = """
    cell, id, application, decision, party, lender, program, n, product, purpose, amount_minor,
    tenor_months, asked_at, answer_by, attempts, state, reason, salt
"""
_INSERT = """
insert into funding.remote_request (cell, id, application, decision, party, lender, program, n,
    product, purpose, amount_minor, tenor_months, asked_at, answer_by, next_at, state, reason, salt)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $13, $15, $16, $17)
on conflict do nothing
"""
_LEASE = f"""
update funding.remote_request set attempts = attempts + 1, next_at = $2 + $3
 where (cell, id) in (
    select cell, id from funding.remote_request
     where cell = $1 and state = 'asked' and next_at <= $2 and answer_by >= $2
     order by next_at limit $4 for update skip locked)
returning {_COLUMNS}
"""
_LAPSE = """
update funding.remote_request set state = 'timed_out', reason = 'no_answer'
 where cell = $1 and state = 'asked' and answer_by < $2
"""
_PUT_OFF = """
update funding.remote_request set next_at = $3 where cell = $1 and id = $2 and state = 'asked'
"""
_FIND = f"select {_COLUMNS} from funding.remote_request where cell = $1 and id = $2"
_LOCK = f"{_FIND} for update"
_BOOK = """
update funding.remote_request
   set state = $3, reason = $4, answered_at = $5, key = $6, policy_hash = $7, signature = $8,
       answer = $9, offer = $10::jsonb
 where cell = $1 and id = $2 and state = 'asked' and answer_by >= $5
"""
_REFUSE = """
update funding.remote_request set state = 'against_law', reason = $3
 where cell = $1 and id = $2 and state = 'asked'
"""
_CLOSE = """
update funding.remote_request set state = 'timed_out', reason = $3
 where cell = $1 and id = $2 and state = 'asked'
"""
_CONTRADICT = """
update funding.remote_request set state = 'contradicted', reason = 'contradiction'
 where cell = $1 and id = $2 and state in ('offered', 'declined', 'against_law')
"""
_NOTE = """
insert into funding.remote_answer as a
    (cell, request, digest, verdict, key, signature, body, received_at)
values ($1, $2, $3, $4, $5, $6, $7, $8)
on conflict (cell, request, digest) do update set times = a.times + 1
returning times
"""
_BAD = """
update funding.remote_request set bad_answers = least(bad_answers + 1, 1000000)
 where cell = $1 and id = $2
"""
# A number is one of the decision's own list: another decision's requests say nothing beside it.
_OF_APPLICATION = f"""
select {_COLUMNS}, offer from funding.remote_request
 where cell = $1 and application = $2 and decision = $3 order by n
"""
_OFFER = """
select offer, policy_hash, answered_at from funding.remote_request
 where cell = $1 and application = $2 and decision = $3 and n = $4 and state = 'offered'
"""
_OPEN = "select count(*) from funding.remote_request where cell = $1 and state = 'asked'"
_COUNTS = """
select lender, state, count(*) as count from funding.remote_request group by lender, state
 order by lender, state
"""


@dataclass(frozen=True, slots=True)
class Request:
    """One request to one lender about one application."""

    cell: int
    id: int
    application: ApplicationId
    decision: DecisionId
    party: int
    lender: LenderId
    program: ProgramId
    n: int
    product: str
    purpose: str
    amount_minor: int
    tenor_months: int
    asked_at: datetime
    answer_by: datetime
    attempts: int
    state: AskState
    reason: str
    salt: bytes


@dataclass(frozen=True, slots=True)
class Heard:
    """What came, with the signature under it."""

    body: bytes
    digest: bytes
    key: str
    signature: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Booking:
    """What an answer comes to: the state, why, the policy that decided, and the offer if any."""

    state: AskState
    reason: str
    policy_hash: str
    offer: Mapping[str, int] | None


async def insert(connection: Connection, new: Request) -> bool:
    """Write the intent; False when the lender was asked about the application before."""
    done = await connection.execute(
        _INSERT,
        new.cell,
        new.id,
        new.application,
        new.decision,
        new.party,
        new.lender,
        new.program,
        new.n,
        new.product,
        new.purpose,
        new.amount_minor,
        new.tenor_months,
        new.asked_at,
        new.answer_by,
        new.state.value,
        new.reason,
        new.salt,
    )
    return bool(done == "INSERT 0 1")


async def lease(
    connection: Connection, cell: int, now: datetime, life: timedelta, limit: int
) -> list[Request]:
    """Take up requests that are due; who dies over one leaves it to the next after `life`."""
    return [_read(row) for row in await connection.fetch(_LEASE, cell, now, life, limit)]


async def lapse(connection: Connection, cell: int, now: datetime) -> int:
    """End what was not answered in time; return how many."""
    done: str = await connection.execute(_LAPSE, cell, now)
    return int(done.rsplit(maxsplit=1)[-1])


async def put_off(connection: Connection, cell: int, request: int, next_at: datetime) -> None:
    """Ask again at an instant."""
    await connection.execute(_PUT_OFF, cell, request, next_at)


async def find(connection: Connection, cell: int, request: int) -> Request | None:
    """Return a request."""
    row = await connection.fetchrow(_FIND, cell, request)
    return None if row is None else _read(row)


async def lock(connection: Connection, cell: int, request: int) -> Request | None:
    """Return a request that nobody else moves until this transaction ends."""
    row = await connection.fetchrow(_LOCK, cell, request)
    return None if row is None else _read(row)


async def book(
    connection: Connection, cell: int, request: int, heard: Heard, booking: Booking
) -> bool:
    """Let an answer count, once and in time; return whether it did."""
    offer = None if booking.offer is None else json.dumps(dict(booking.offer))
    done = await connection.execute(
        _BOOK,
        cell,
        request,
        booking.state.value,
        booking.reason,
        heard.at,
        heard.key,
        booking.policy_hash,
        heard.signature,
        heard.body,
        offer,
    )
    return bool(done == "UPDATE 1")


async def refuse(connection: Connection, cell: int, request: int, rule: str) -> None:
    """End a request that a rule forbids to send."""
    await connection.execute(_REFUSE, cell, request, rule)


async def close(connection: Connection, cell: int, request: int, why: str) -> None:
    """End a request whose answer would help nobody any more; what still comes is late."""
    await connection.execute(_CLOSE, cell, request, why)


async def contradict(connection: Connection, cell: int, request: int) -> None:
    """Withdraw what a lender said that says otherwise now."""
    await connection.execute(_CONTRADICT, cell, request)


async def note(connection: Connection, cell: int, request: int, heard: Heard, verdict: str) -> int:
    """Keep an answer and what became of it; return how often exactly this one came."""
    said = (heard.digest, verdict, heard.key, heard.signature, heard.body, heard.at)
    return int(await connection.fetchval(_NOTE, cell, request, *said))


async def count_bad(connection: Connection, cell: int, request: int) -> None:
    """Count an answer whose signature does not hold; nothing of it is kept."""
    await connection.execute(_BAD, cell, request)


async def of_application(
    connection: Connection, cell: int, of: tuple[ApplicationId, DecisionId]
) -> Sequence[tuple[Request, dict[str, int] | None]]:
    """Return the requests about an application's decision by number, with the offers that came."""
    rows = await connection.fetch(_OF_APPLICATION, cell, *of)
    return [(_read(row), _offer(row["offer"])) for row in rows]


async def find_offer(
    connection: Connection, cell: int, of: tuple[ApplicationId, DecisionId], n: int
) -> tuple[dict[str, int], str, datetime] | None:
    """Return a standing offer beside a decision, with the policy that made it and when."""
    row = await connection.fetchrow(_OFFER, cell, *of, n)
    if row is None:
        return None
    offer = _offer(row["offer"])
    assert offer is not None
    return offer, row["policy_hash"], row["answered_at"]


async def count_open(connection: Connection, cell: int) -> int:
    """Return how many requests wait for an answer."""
    return int(await connection.fetchval(_OPEN, cell))


async def counts(connection: Connection) -> list[tuple[int, str, int]]:
    """Return how many requests stand in each state, by lender; over all cells."""
    return [tuple(row) for row in await connection.fetch(_COUNTS)]


def _offer(text: str | None) -> dict[str, int] | None:
    return None if text is None else {name: int(value) for name, value in json.loads(text).items()}


def _read(row: asyncpg.Record) -> Request:
    values: dict[str, Any] = dict(row.items())
    values.pop("offer", None)
    return Request(**{**values, "state": AskState(values["state"])})
