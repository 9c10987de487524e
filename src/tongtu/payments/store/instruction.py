"""Instructions and warrants as rows; the worker leases what it works on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from tongtu.identity.api import Caller, Role
from tongtu.kernel.errors import NotFound
from tongtu.payments.model import Instruction, PaymentKind, PaymentState, Warrant
from tongtu.payments.store.statement import STATEMENT_CELL
from tongtu.runtime.api import Connection

_FIELDS = """cell, id, kind, subject, party, lender, amount_minor, value_date, mandate, state,
    end_to_end_id, attempts, bank_reference, reason, is_booked, account"""
NAMES = tuple(name.strip() for name in _FIELDS.split(","))

_WARRANT = """
INSERT INTO payments.warrant
    (cell, decision, agreement_hash, commitment, amount_minor, instruction, at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
"""
_INTEND = """
INSERT INTO payments.instruction (cell, id, kind, state, subject, party, lender, amount_minor,
    decision, value_date, end_to_end_id, next_at, created_at, changed_at, mandate, account)
VALUES ($1, $2, $3, 'intended', $4, $5, $6, $7, $8, $9, $10, $11, $11, $11, $12, $13)
"""
# What is due and not leased. `was` tells whether the bank may have heard of it already. Reads all
# cells: one worker serves one database.
_LEASE = f"""
WITH due AS (
    SELECT cell, id, state AS was FROM payments.instruction
    WHERE state IN ('intended', 'sent', 'accepted', 'unknown') AND next_at <= $1
        AND (lease_until IS NULL OR lease_until <= $1)
    ORDER BY next_at, id LIMIT $3 FOR UPDATE SKIP LOCKED
), leased AS (
    UPDATE payments.instruction i
    SET state = CASE i.state WHEN 'intended' THEN 'sent' ELSE i.state END,
        lease_until = $2, attempts = attempts + 1, changed_at = $1
    FROM due WHERE i.cell = due.cell AND i.id = due.id
    RETURNING due.was, {", ".join("i." + name for name in NAMES)}
)
SELECT * FROM leased ORDER BY id
"""
# What a worker says ends its lease; what the bank says by itself leaves the lease as it is.
_MOVE = """
UPDATE payments.instruction
SET state = $3, bank_reference = coalesce($4, bank_reference), reason = $5, changed_at = $6,
    next_at = coalesce($7, next_at),
    lease_until = CASE WHEN $7::timestamptz IS NULL THEN lease_until END,
    is_booked = CASE WHEN $3 = state THEN is_booked ELSE false END
WHERE cell = $1 AND id = $2
"""
_FIND = f"SELECT {_FIELDS} FROM payments.instruction WHERE cell = $1 AND id = $2"
_HOLD = f"{_FIND} FOR UPDATE"
_FIND_MANY = f"SELECT {_FIELDS} FROM payments.instruction WHERE cell = $1 AND id = ANY ($2)"
# Reads all cells: the bank's account holds the payments of each.
_BY_REFERENCE = f"""
SELECT {_FIELDS} FROM payments.instruction
WHERE lender = $1 AND bank_reference = ANY ($2) AND value_date BETWEEN $3 AND $4
"""
_PENDING = """
SELECT coalesce(sum(amount_minor), 0)::int8 FROM payments.instruction
WHERE cell = $1 AND subject = $2 AND kind = 'collection'
    AND state NOT IN ('rejected', 'returned') AND NOT id = ANY ($3)
"""
_WARRANTS = """
SELECT count(DISTINCT agreement_hash) FROM payments.warrant
WHERE cell = $1 AND agreement_hash = ANY ($2)
"""
# Reads all cells: what a day end waits for. What is disputed, or refused by the ledger, waits for a
# person instead.
_OPEN = """
SELECT count(*) FROM payments.instruction i
WHERE NOT is_booked AND state <> 'disputed' AND value_date <= $1
    AND NOT EXISTS (SELECT FROM payments.break b
                    WHERE b.cell = i.cell AND b.instruction = i.id AND b.kind = 'not_posted'
                        AND b.reference = i.state AND b.closed_at IS NULL)
"""
_OTHER_PAYOUT = """
SELECT EXISTS (SELECT FROM payments.instruction
               WHERE cell = $1 AND subject = $2 AND kind = 'payout' AND id <> $3
                   AND state NOT IN ('rejected', 'returned'))
"""
# In one statement: the bank said no, gave the money back, and its own books of that day, read after
# the no, do not hold the payment, by its name or the bank's, or hold all of it as come back, whole
# or less a charge that was named.
_VOID = """
UPDATE payments.warrant w SET voided_at = $3
FROM payments.instruction i
WHERE w.cell = $1 AND w.instruction = $2 AND w.voided_at IS NULL
    AND i.cell = w.cell AND i.id = w.instruction AND i.state = 'rejected' AND i.is_booked
    AND EXISTS (SELECT FROM payments.statement s WHERE s.lender = i.lender
                AND s.day >= i.value_date AND s.asked_at > i.changed_at)
    AND NOT EXISTS (SELECT FROM payments.entry e
                    WHERE e.cell = i.cell AND e.end_to_end_id = i.end_to_end_id
                    HAVING sum(e.amount_minor + CASE WHEN e.is_return
                               THEN sign(e.amount_minor) * e.charge_minor ELSE 0 END) <> 0)
    AND NOT EXISTS (SELECT FROM payments.entry e
                    WHERE e.cell = $4 AND e.lender = i.lender AND e.reference = i.bank_reference
                        AND e.instruction IS NULL AND e.end_to_end_id <> i.end_to_end_id
                        AND e.amount_minor = -i.amount_minor AND e.day >= i.value_date)
"""
_LATEST = f"""
SELECT {_FIELDS} FROM payments.instruction
WHERE cell = $1 AND subject = $2 AND kind = $3 ORDER BY id DESC LIMIT 1
"""
# A dispute is in no book, so it counts as well.
_REFUND_OPEN = """
SELECT EXISTS (SELECT FROM payments.instruction
               WHERE cell = $1 AND subject = $2 AND kind = 'refund' AND NOT is_booked)
"""
_REFUNDS = f"""
SELECT {_FIELDS} FROM payments.instruction
WHERE cell = $1 AND subject = $2 AND kind = 'refund' ORDER BY id DESC LIMIT $3
"""
_REFUND_NOT_BOOKED = """
SELECT EXISTS (SELECT FROM payments.break b
               JOIN payments.instruction i ON i.cell = b.cell AND i.id = b.instruction
               WHERE b.cell = $1 AND b.kind = 'refund_not_booked' AND b.closed_at IS NULL
                   AND i.subject = $2)
"""
# Reads all cells: an operator looks at the whole house.
_LIST = f"""
SELECT {_FIELDS} FROM payments.instruction
WHERE id > $1 AND ($2::text IS NULL OR state = $2) ORDER BY id LIMIT $3
"""
PAGE_MAX = 200


@dataclass(frozen=True, slots=True)
class Sought:
    """Which payments are listed: after which id, of which state, how many."""

    after: int = 0
    state: PaymentState | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True)
class Leased:
    """An instruction this worker holds; `was_sent` means the bank may know it already."""

    instruction: Instruction
    was_sent: bool


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be written of an instruction; `next_at` ends a lease, None leaves it."""

    state: PaymentState
    reference: str | None
    reason: str | None
    at: datetime
    next_at: datetime | None = None


async def add_warrant(
    connection: Connection, warrant: Warrant, instruction: Instruction, at: datetime
) -> None:
    """Insert a warrant for its instruction."""
    await connection.execute(
        _WARRANT,
        instruction.cell,
        warrant.decision,
        warrant.agreement_hash,
        warrant.commitment,
        warrant.amount_minor,
        instruction.id,
        at,
    )


async def add_instruction(
    connection: Connection, instruction: Instruction, decision: int | None, at: datetime
) -> None:
    """Insert an intended instruction, due at once."""
    await connection.execute(
        _INTEND,
        instruction.cell,
        instruction.id,
        instruction.kind.value,
        instruction.subject,
        instruction.party,
        instruction.lender,
        instruction.amount_minor,
        decision,
        instruction.value_date,
        instruction.end_to_end_id,
        at,
        instruction.mandate,
        instruction.account,
    )


async def find_instruction(connection: Connection, cell: int, id: int) -> Instruction | None:  # noqa: A002 - the field's name
    """Return the instruction, or None when the cell has no such one."""
    row = await connection.fetchrow(_FIND, cell, id)
    return None if row is None else read_instruction(row)


async def find_payment(connection: Connection, cell: int, caller: Caller, id: int) -> Instruction:  # noqa: A002 - same
    """Return a payment the caller may see. Raises NotFound."""
    found = await find_instruction(connection, cell, id)
    may_see = found is not None and (
        caller.role in (Role.CLERK, Role.OPERATOR, Role.REGULATOR)
        or (caller.role is Role.BORROWER and found.party == caller.subject)
        or (caller.role is Role.LENDER and found.lender == caller.organisation)
    )
    if found is None or not may_see:
        raise NotFound("no such payment")
    return found


async def list_payments(connection: Connection, sought: Sought) -> list[Instruction]:
    """Return a page of payments, oldest first."""
    limit = max(1, min(sought.limit, PAGE_MAX))
    state = None if sought.state is None else sought.state.value
    rows = await connection.fetch(_LIST, sought.after, state, limit)
    return [read_instruction(row) for row in rows]


async def pending_minor(
    connection: Connection, cell: int, loan: int, entered: Sequence[int]
) -> int:
    """Return the minor units being collected for a loan, or collected and not `entered` in it yet.

    Between the bank's yes and its news, a payment stands in no loan: it still counts here.
    """
    amount: int = await connection.fetchval(_PENDING, cell, loan, list(entered))
    return amount


async def is_refund_open(connection: Connection, cell: int, loan: int) -> bool:
    """Tell whether a loan has a refund that is not at an end that stands in the books."""
    found: bool = await connection.fetchval(_REFUND_OPEN, cell, loan)
    return found


async def refunds_of(connection: Connection, cell: int, loan: int, limit: int) -> list[Instruction]:
    """Return a loan's refunds, newest first."""
    rows = await connection.fetch(_REFUNDS, cell, loan, limit)
    return [read_instruction(row) for row in rows]


async def has_refund_not_booked(connection: Connection, cell: int, loan: int) -> bool:
    """Tell whether a refund reached the borrower that the loan could not take, and nobody ended."""
    found: bool = await connection.fetchval(_REFUND_NOT_BOOKED, cell, loan)
    return found


async def has_other_payout(connection: Connection, payout: Instruction) -> bool:
    """Tell whether another payout of the same subject left, may leave, or is disputed."""
    found: bool = await connection.fetchval(_OTHER_PAYOUT, payout.cell, payout.subject, payout.id)
    return found


async def count_open(connection: Connection, value_date: date) -> int:
    """Return how many payments of a day or earlier are not answered and booked, over all cells."""
    found: int = await connection.fetchval(_OPEN, value_date)
    return found


async def count_warrants(connection: Connection, cell: int, agreements: Sequence[bytes]) -> int:
    """Return how many of the signed papers, named by their hashes, have their payout's warrant."""
    found: int = await connection.fetchval(_WARRANTS, cell, list(agreements))
    return found


async def lease(connection: Connection, at: datetime, life: timedelta, limit: int) -> list[Leased]:
    """Take up to `limit` due instructions; another worker gets them when the lease runs out."""
    rows = await connection.fetch(_LEASE, at, at + life, limit)
    return [Leased(read_instruction(row), row["was"] != PaymentState.INTENDED) for row in rows]


async def hold(connection: Connection, cell: int, id: int) -> Instruction | None:  # noqa: A002 - same
    """Return the instruction, locked until the transaction ends; None when there is no such one."""
    row = await connection.fetchrow(_HOLD, cell, id)
    return None if row is None else read_instruction(row)


async def find_many(
    connection: Connection, cell: int, ids: Sequence[int]
) -> dict[int, Instruction]:
    """Return the instructions that exist, by id."""
    rows = await connection.fetch(_FIND_MANY, cell, list(ids))
    return {row["id"]: read_instruction(row) for row in rows}


async def find_by_reference(
    connection: Connection, lender: int, references: Sequence[str], days: tuple[date, date]
) -> list[Instruction]:
    """Return a lender's payments, valued between two days, that the bank named so."""
    rows = await connection.fetch(_BY_REFERENCE, lender, list(references), *days)
    return [read_instruction(row) for row in rows]


async def find_latest(
    connection: Connection, cell: int, subject: int, kind: PaymentKind
) -> Instruction | None:
    """Return the newest payment of a subject and kind, if there is one."""
    row = await connection.fetchrow(_LATEST, cell, subject, kind.value)
    return None if row is None else read_instruction(row)


async def move(connection: Connection, held: Instruction, change: Change) -> None:
    """Write what became of an instruction the caller holds."""
    await connection.execute(
        _MOVE,
        held.cell,
        held.id,
        change.state.value,
        change.reference,
        change.reason,
        change.at,
        change.next_at,
    )


async def void_warrant(connection: Connection, held: Instruction, at: datetime) -> bool:
    """Take a payout's warrant back after a clear no; False when the no is not clear."""
    done = await connection.execute(_VOID, held.cell, held.id, at, STATEMENT_CELL)
    return bool(done == "UPDATE 1")


def read_instruction(row: Any) -> Instruction:
    """Return a row of all fields as a value."""
    values = {name: row[name] for name in NAMES}
    values["kind"], values["state"] = PaymentKind(values["kind"]), PaymentState(values["state"])
    return Instruction(**values)
