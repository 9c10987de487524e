"""A disputed payment beside the bank's own entries of it, and its end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tongtu.payments.matching import BreakKind
from tongtu.payments.model import Instruction, PaymentState
from tongtu.payments.store.breaks import Closing
from tongtu.payments.store.statement import STATEMENT_CELL
from tongtu.runtime.api import Connection

# A movement of exactly its amount on its own lender's account that no payment was matched with and
# that did not come back, whole or less a charge that was named.
_MOVEMENT = """
WITH own AS (
    SELECT reference, amount_minor, is_return, charge_minor FROM payments.entry
    WHERE cell = $1 AND end_to_end_id = $2 AND lender = $3 AND instruction IS NULL
)
SELECT reference FROM own WHERE amount_minor = $4 AND NOT is_return
    AND NOT EXISTS (SELECT FROM own
                    WHERE amount_minor + sign(amount_minor) * charge_minor = -$4 AND is_return)
ORDER BY reference LIMIT 1
"""
_RETURN = """
SELECT reference, charge_minor FROM payments.entry
WHERE cell = $1 AND end_to_end_id = $2 AND lender = $3 AND instruction IS NULL AND is_return
    AND amount_minor + sign(amount_minor) * charge_minor = $4
ORDER BY reference LIMIT 1
"""
# The bank's books of the payment's day or a later one, asked for after the dispute began. An entry
# that is nobody's and fits the reference learned since has to be read again first.
_READ_SINCE = """
SELECT EXISTS (SELECT FROM payments.statement
               WHERE cell = $1 AND lender = $2 AND day >= $3 AND asked_at > i.changed_at)
    AND NOT EXISTS (SELECT FROM payments.entry e
                    WHERE e.cell = $1 AND e.lender = $2 AND e.reference = i.bank_reference
                        AND e.instruction IS NULL AND e.end_to_end_id <> i.end_to_end_id
                        AND e.amount_minor = $6 AND e.day >= i.value_date)
FROM payments.instruction i WHERE i.cell = $4 AND i.id = $5
"""
# Its end may stand in the books from before the dispute.
_END = """
UPDATE payments.instruction i
SET state = $3, reason = $4, changed_at = $5, is_booked = EXISTS (
    SELECT FROM payments.booking b WHERE b.cell = i.cell AND b.instruction = i.id AND b.state = $3)
WHERE cell = $1 AND id = $2 AND state = 'disputed' RETURNING is_booked
"""
_MATCH = """
UPDATE payments.entry SET instruction = $4 WHERE cell = $1 AND lender = $2 AND reference = $3
"""
# The break that this very movement stands in: by the bank's reference, or as the yes after a no.
_CLOSE = """
UPDATE payments.break SET closed_at = $4, closed_by = $5, reason = $6
WHERE cell = $1 AND id = (
    SELECT id FROM payments.break
    WHERE cell = $1 AND instruction = $2 AND closed_at IS NULL
        AND (reference = $3 OR kind = $7) ORDER BY reference = $3 DESC LIMIT 1)
"""
# What moved and came back was named twice: once each way.
_CLOSE_RETURN = """
UPDATE payments.break SET closed_at = $3, closed_by = $4, reason = $5
WHERE cell = $1 AND instruction = $2 AND closed_at IS NULL AND kind = 'unknown_return'
    AND reference = $6
"""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a dispute ended, why and when."""

    state: PaymentState
    reason: str
    at: datetime


async def movement_of(connection: Connection, held: Instruction) -> str | None:
    """Return the bank's reference of a movement of the payment's amount, if its books hold one."""
    found: str | None = await connection.fetchval(
        _MOVEMENT, held.cell, held.end_to_end_id, held.lender, held.movement_minor
    )
    return found


async def is_read_since(connection: Connection, held: Instruction) -> bool:
    """Tell whether the bank's books were read since the payment became disputed."""
    found: bool = await connection.fetchval(
        _READ_SINCE,
        STATEMENT_CELL,
        held.lender,
        held.value_date,
        held.cell,
        held.id,
        held.movement_minor,
    )
    return found


async def end(connection: Connection, held: Instruction, ended: Ended) -> bool:
    """Write the end of a dispute the caller holds; return whether the books have it already."""
    is_booked: bool = await connection.fetchval(
        _END, held.cell, held.id, ended.state.value, ended.reason, ended.at
    )
    return is_booked


async def match(connection: Connection, held: Instruction, reference: str) -> None:
    """Match an entry with its payment."""
    await connection.execute(_MATCH, held.cell, held.lender, reference, held.id)


async def close_break(
    connection: Connection, held: Instruction, reference: str | None, closing: Closing
) -> None:
    """Close the break that the movement, or the bank's word of it, stood in."""
    await connection.execute(
        _CLOSE,
        held.cell,
        held.id,
        reference,
        closing.at,
        closing.by,
        closing.reason,
        BreakKind.SETTLED_AFTER_NO.value,
    )


async def close_return(connection: Connection, held: Instruction, closing: Closing) -> int:
    """Close the break of what came back of a payment that did not move after all.

    Returns the charge that a bank kept of it, 0 where nothing came back or it came whole.
    """
    back = await connection.fetchrow(
        _RETURN, held.cell, held.end_to_end_id, held.lender, -held.movement_minor
    )
    if back is None:
        return 0
    await connection.execute(
        _CLOSE_RETURN,
        held.cell,
        held.id,
        closing.at,
        closing.by,
        closing.reason,
        back["reference"],
    )
    charge_minor: int = back["charge_minor"]
    return charge_minor
