"""What a payment's end did to its lender's account in the ledger: one row an end, never changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from tongtu.payments.model import Instruction, PaymentState
from tongtu.payments.store.instruction import NAMES, read_instruction
from tongtu.runtime.api import Connection

_ADD = """
INSERT INTO payments.booking (cell, instruction, state, lender, day, amount_minor, at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
"""
_BOOKED = """
UPDATE payments.instruction SET is_booked = true WHERE cell = $1 AND id = $2 AND state = $3
"""
_HAS = """
SELECT EXISTS (SELECT FROM payments.booking WHERE cell = $1 AND instruction = $2 AND state = $3)
"""
_OF_DAY = """
SELECT b.instruction, b.state, b.amount_minor, i.kind, i.subject, i.end_to_end_id,
    i.bank_reference
FROM payments.booking b JOIN payments.instruction i
    ON i.cell = b.cell AND i.id = b.instruction
WHERE b.cell = $1 AND b.lender = $2 AND b.day = $3 AND b.amount_minor <> 0
ORDER BY b.instruction, b.state LIMIT $4
"""
# Payouts whose money was set aside on their day, and whose end is in no book of that day.
_HELD = f"""
SELECT {", ".join("i." + name for name in NAMES)} FROM payments.instruction i
WHERE i.cell = $1 AND i.lender = $2 AND i.kind = 'payout' AND i.value_date = $3
    AND NOT EXISTS (SELECT FROM payments.booking b
                    WHERE b.cell = i.cell AND b.instruction = i.id AND b.day = $3)
ORDER BY i.id LIMIT $4
"""
# Payouts of an earlier day, set aside when that ended, whose first end is in the books of this day.
_HELD_UNTIL = f"""
SELECT DISTINCT {", ".join("i." + name for name in NAMES)} FROM payments.booking b
JOIN payments.instruction i ON i.cell = b.cell AND i.id = b.instruction
WHERE b.cell = $1 AND b.lender = $2 AND b.day = $3 AND i.kind = 'payout' AND i.value_date < $3
    AND NOT EXISTS (SELECT FROM payments.booking e
                    WHERE e.cell = b.cell AND e.instruction = b.instruction AND e.day < $3)
ORDER BY i.id LIMIT $4
"""


@dataclass(frozen=True, slots=True)
class Booking:
    """One end of one payment in the ledger, signed as the lender's account sees it."""

    cell: int
    instruction: int
    state: PaymentState
    lender: int
    day: date
    amount_minor: int


@dataclass(frozen=True, slots=True)
class BookedLine:
    """A booking with what the lender knows the payment by."""

    instruction: int
    state: PaymentState
    kind: str
    subject: int
    end_to_end_id: str
    bank_reference: str | None
    amount_minor: int


async def book(connection: Connection, booking: Booking, at: datetime) -> None:
    """Note that an end of a payment stands in the ledger, in the commit that posted it."""
    await connection.execute(
        _ADD,
        booking.cell,
        booking.instruction,
        booking.state.value,
        booking.lender,
        booking.day,
        booking.amount_minor,
        at,
    )
    await connection.execute(_BOOKED, booking.cell, booking.instruction, booking.state.value)


async def is_booked(
    connection: Connection, cell: int, instruction: int, state: PaymentState
) -> bool:
    """Tell whether this end of a payment stands in the ledger."""
    found: bool = await connection.fetchval(_HAS, cell, instruction, state.value)
    return found


async def booked_on(
    connection: Connection, cell: int, lender: int, day: date, limit: int
) -> Sequence[BookedLine]:
    """Return what moved a lender's money on a business day, in the order of payments."""
    rows = await connection.fetch(_OF_DAY, cell, lender, day, limit)
    return [
        BookedLine(
            row["instruction"],
            PaymentState(row["state"]),
            row["kind"],
            row["subject"],
            row["end_to_end_id"],
            row["bank_reference"],
            row["amount_minor"],
        )
        for row in rows
    ]


async def held_on(
    connection: Connection, cell: int, lender: int, day: date, limit: int
) -> list[Instruction]:
    """Return the payouts of a day whose money stood aside when it ended."""
    rows = await connection.fetch(_HELD, cell, lender, day, limit)
    return [read_instruction(row) for row in rows]


async def held_until(
    connection: Connection, cell: int, lender: int, day: date, limit: int
) -> list[Instruction]:
    """Return the payouts that `held_on` told of on an earlier day and that ended on this one."""
    rows = await connection.fetch(_HELD_UNTIL, cell, lender, day, limit)
    return [read_instruction(row) for row in rows]
