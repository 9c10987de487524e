"""The SQL of payments. Callers own the transaction; the worker leases what it works on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from asyncpg.exceptions import UniqueViolationError

from tongtu.identity.api import Caller, Role
from tongtu.kernel.errors import Broken, Conflict, NotFound
from tongtu.payments.model import (
    Instruction,
    Order,
    PaymentKind,
    PaymentState,
    Saying,
    Warrant,
)
from tongtu.runtime.api import Connection

_FIELDS = """cell, id, kind, state, party, lender, subject, amount_minor, value_date, attempts,
    bank_reference, reason, created_at, changed_at"""

_WARRANT = """
INSERT INTO payments.warrant (cell, id, decision, agreement_sha256, commitment, amount_minor, at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
"""
_INTEND = """
INSERT INTO payments.instruction (cell, id, kind, state, party, lender, subject, amount_minor,
    warrant, value_date, next_at, created_at, changed_at)
VALUES ($1, $2, $3, 'intended', $4, $5, $6, $7, $8, $9, $10, $10, $10)
"""
# What is due and not leased. `was` tells whether the bank may have heard of it already. Reads all
# cells: one worker serves one database.
_LEASE = f"""
WITH due AS (
    SELECT cell, id, state AS was FROM payments.instruction
    WHERE state IN ('intended', 'sent', 'unknown') AND next_at <= $1
        AND (lease_until IS NULL OR lease_until <= $1)
    ORDER BY next_at, id LIMIT $3 FOR UPDATE SKIP LOCKED
), leased AS (
    UPDATE payments.instruction i
    SET state = 'sent', lease_until = $2, attempts = attempts + 1, changed_at = $1
    FROM due WHERE i.cell = due.cell AND i.id = due.id
    RETURNING due.was, {", ".join("i." + name.strip() for name in _FIELDS.split(","))}
)
SELECT * FROM leased ORDER BY id
"""
_RECORD = """
UPDATE payments.instruction
SET state = $4, bank_reference = coalesce($5, bank_reference), reason = $6, next_at = $7,
    lease_until = NULL, changed_at = $8
WHERE cell = $1 AND id = $2 AND state = 'sent' AND attempts = $3
"""
_FIND = f"""
SELECT {_FIELDS} FROM payments.instruction
WHERE cell = $1 AND id = $2 AND ($3::int8 IS NULL OR party = $3)
    AND ($4::int8 IS NULL OR lender = $4)
"""
_PENDING = """
SELECT coalesce(sum(amount_minor), 0)::int8 FROM payments.instruction
WHERE cell = $1 AND subject = $2 AND kind = 'collection'
    AND state IN ('intended', 'sent', 'unknown')
"""
# Reads all cells: what a day end waits for.
_OPEN = """
SELECT count(*) FROM payments.instruction
WHERE state IN ('intended', 'sent', 'unknown') AND value_date <= $1
"""


@dataclass(frozen=True, slots=True)
class Leased:
    """An instruction this worker holds; `was_sent` means the bank may know it already."""

    instruction: Instruction
    was_sent: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is to be written about a leased instruction."""

    instruction: Instruction
    state: PaymentState
    reference: str | None
    reason: str | None
    next_at: datetime


async def intend_payout(
    connection: Connection, cell: int, warrant: Warrant, order: Order, at: datetime
) -> None:
    """Write the warrant and the payout it allows, to be sent after the commit.

    Raises:
        Conflict: the decision, agreement or commitment has had its warrant.
    """
    if order.kind is not PaymentKind.PAYOUT or order.amount_minor != warrant.amount_minor:
        raise Broken("a payout is for the warrant's amount, no more and no less")
    try:
        async with connection.transaction():
            await connection.execute(
                _WARRANT,
                cell,
                warrant.id,
                warrant.decision,
                warrant.agreement_sha256,
                warrant.commitment,
                warrant.amount_minor,
                at,
            )
            await _intend(connection, cell, order, warrant.id, at)
    except UniqueViolationError:
        raise Conflict("this loan has been paid out or is on its way", code="paid_once") from None


async def intend_collection(connection: Connection, cell: int, order: Order, at: datetime) -> None:
    """Write a collection, to be sent after the commit."""
    if order.kind is not PaymentKind.COLLECTION:
        raise Broken("a collection takes money from the borrower")
    await _intend(connection, cell, order, None, at)


async def find_payment(
    connection: Connection, cell: int, caller: Caller, payment: int
) -> Instruction:
    """Return a payment the caller may see. Raises NotFound."""
    party = caller.subject if caller.role is Role.BORROWER else None
    lender = caller.organisation if caller.role is Role.LENDER else None
    row = await connection.fetchrow(_FIND, cell, payment, party, lender)
    if row is None or caller.role is Role.ANALYST:
        raise NotFound("no such payment")
    return _instruction(row)


async def pending_minor(connection: Connection, cell: int, loan: int) -> int:
    """Return what is being collected for a loan and not yet answered."""
    amount: int = await connection.fetchval(_PENDING, cell, loan)
    return amount


async def count_open(connection: Connection, value_date: Any) -> int:
    """Return how many payments of a day or earlier have no answer yet, over all cells."""
    found: int = await connection.fetchval(_OPEN, value_date)
    return found


async def lease(connection: Connection, at: datetime, life: timedelta, limit: int) -> list[Leased]:
    """Take up to `limit` due instructions; another worker gets them when the lease runs out."""
    rows = await connection.fetch(_LEASE, at, at + life, limit)
    return [Leased(_instruction(row), row["was"] != PaymentState.INTENDED) for row in rows]


async def record(
    connection: Connection, outcomes: Sequence[Outcome], at: datetime
) -> list[Outcome]:
    """Write what became of leased instructions; return those whose lease still stood."""
    written = []
    for outcome in sorted(outcomes, key=lambda outcome: outcome.instruction.id):
        held = outcome.instruction
        status = await connection.execute(
            _RECORD,
            held.cell,
            held.id,
            held.attempts,
            outcome.state.value,
            outcome.reference,
            outcome.reason,
            outcome.next_at,
            at,
        )
        if status == "UPDATE 1":
            written.append(outcome)
    return written


def state_of(saying: Saying) -> PaymentState:
    """Return the state an answer leads to; silence and "not known" stay unknown."""
    return {Saying.YES: PaymentState.CONFIRMED, Saying.NO: PaymentState.FAILED}.get(
        saying, PaymentState.UNKNOWN
    )


async def _intend(
    connection: Connection, cell: int, order: Order, warrant: int | None, at: datetime
) -> None:
    await connection.execute(
        _INTEND,
        cell,
        order.id,
        order.kind.value,
        order.party,
        order.lender,
        order.subject,
        order.amount_minor,
        warrant,
        order.value_date,
        at,
    )


def _instruction(row: Any) -> Instruction:
    values = {name.strip(): row[name.strip()] for name in _FIELDS.split(",")}
    values["kind"], values["state"] = PaymentKind(values["kind"]), PaymentState(values["state"])
    return Instruction(**values)
