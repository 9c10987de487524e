"""Mandates and their debits as rows; each move is one guarded statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from tongtu.kernel.errors import NotFound
from tongtu.payments.debit import Debit, DebitState, Mandate
from tongtu.runtime.api import Connection

_FIELDS = "cell, id, party, lender, subject, limit_minor, signed_at, revoked_at"
_GRANT = """
INSERT INTO payments.mandate (cell, id, party, lender, subject, limit_minor, signed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
"""
_OF_SUBJECT = f"""
SELECT {_FIELDS} FROM payments.mandate
WHERE cell = $1 AND subject = $2 AND revoked_at IS NULL FOR SHARE
"""
_OF_PARTY = f"SELECT {_FIELDS} FROM payments.mandate WHERE cell = $1 AND party = $2 ORDER BY id"
_REVOKE = """
UPDATE payments.mandate SET revoked_at = coalesce(revoked_at, $4)
WHERE cell = $1 AND id = $2 AND party = $3 RETURNING id
"""
_CANCEL_ALL = """
UPDATE payments.debit SET state = 'cancelled', changed_at = $3
WHERE cell = $1 AND mandate = $2 AND state = 'planned'
"""
_PLAN = """
INSERT INTO payments.debit (cell, mandate, nr, loan, due_date, state, next_at, changed_at)
SELECT $1, $2, r.nr, $3, r.due_date, 'planned', $4, $4
FROM unnest($5::int2[], $6::date[]) AS r(nr, due_date)
"""
# Reads all cells: one worker serves one database. A revoked mandate's debits are not planned any
# more; the mandate is locked beside, so that no debit begins while it is being revoked.
_TAKE = f"""
SELECT d.nr, d.loan, d.due_date, d.attempts, {", ".join("m." + f for f in _FIELDS.split(", "))}
FROM payments.debit d JOIN payments.mandate m ON m.cell = d.cell AND m.id = d.mandate
WHERE d.state = 'planned' AND d.due_date <= $1 AND d.next_at <= $2 AND m.revoked_at IS NULL
ORDER BY d.due_date, d.next_at LIMIT 1 FOR UPDATE OF d, m SKIP LOCKED
"""
_ASK = """
UPDATE payments.debit
SET state = 'asked', attempts = attempts + 1, instruction = $4, changed_at = $5
WHERE cell = $1 AND mandate = $2 AND nr = $3 AND state = 'planned'
"""
_PUT = """
UPDATE payments.debit SET state = $4, next_at = $5, changed_at = $6,
    attempts = CASE WHEN $7 THEN 0 ELSE attempts END
WHERE cell = $1 AND mandate = $2 AND nr = $3 AND state IN ('planned', 'asked', 'paid')
"""
_OF_INSTRUCTION = f"""
SELECT d.nr, d.loan, d.due_date, d.attempts, {", ".join("m." + f for f in _FIELDS.split(", "))}
FROM payments.debit d JOIN payments.mandate m ON m.cell = d.cell AND m.id = d.mandate
WHERE d.cell = $1 AND d.instruction = $2 AND d.state IN ('asked', 'paid') FOR UPDATE OF d
"""


@dataclass(frozen=True, slots=True)
class Turn:
    """What becomes of a debit, from when on it is due again, and when that was decided.

    `is_part`: a part of the instalment was paid, and refusals are counted anew.
    """

    state: DebitState
    next_at: datetime
    at: datetime
    is_part: bool = False


async def grant(connection: Connection, mandate: Mandate) -> None:
    """Write a mandate, in the commit of the signature that gives it."""
    await connection.execute(
        _GRANT,
        mandate.cell,
        mandate.id,
        mandate.party,
        mandate.lender,
        mandate.subject,
        mandate.limit_minor,
        mandate.signed_at,
    )


async def plan_debits(
    connection: Connection,
    mandate: Mandate,
    loan: int,
    due: Sequence[tuple[int, date]],
    at: datetime,
) -> None:
    """Plan the collection of a loan's instalments, by number and due date."""
    numbers, days = [nr for nr, _ in due], [day for _, day in due]
    await connection.execute(_PLAN, mandate.cell, mandate.id, loan, at, numbers, days)


async def live_mandate(connection: Connection, cell: int, subject: int) -> Mandate | None:
    """Return an application's mandate when it is not revoked; it stays so until the commit."""
    row = await connection.fetchrow(_OF_SUBJECT, cell, subject)
    return None if row is None else Mandate(**dict(row))


async def list_mandates(connection: Connection, cell: int, party: int) -> list[Mandate]:
    """Return a party's mandates, revoked ones too."""
    return [Mandate(**dict(row)) for row in await connection.fetch(_OF_PARTY, cell, party)]


async def revoke(connection: Connection, mandate: tuple[int, int], party: int, at: datetime) -> int:
    """Revoke a party's own mandate (cell, id) and cancel its debits; return how many. Repeatable.

    What the bank was asked for already goes on. Raises NotFound.
    """
    cell, number = mandate
    if await connection.fetchval(_REVOKE, cell, number, party, at) is None:
        raise NotFound("there is no such mandate")
    done = await connection.execute(_CANCEL_ALL, cell, number, at)
    return int(done.rpartition(" ")[2])


async def take_debit(connection: Connection, today: date, at: datetime) -> Debit | None:
    """Return a debit that is due, locked with its mandate until the transaction ends."""
    return _debit(await connection.fetchrow(_TAKE, today, at))


async def debit_of(connection: Connection, cell: int, instruction: int) -> Debit | None:
    """Return the debit that an instruction is a try of, locked; None when it is none."""
    return _debit(await connection.fetchrow(_OF_INSTRUCTION, cell, instruction))


async def ask_debit(connection: Connection, debit: Debit, instruction: int, at: datetime) -> None:
    """Note that a try is under way."""
    held = debit.mandate
    await connection.execute(_ASK, held.cell, held.id, debit.nr, instruction, at)


async def turn_debit(connection: Connection, debit: Debit, turn: Turn) -> None:
    """Note what became of a debit."""
    held = debit.mandate
    await connection.execute(
        _PUT, held.cell, held.id, debit.nr, turn.state.value, turn.next_at, turn.at, turn.is_part
    )


def _debit(row: object) -> Debit | None:
    if row is None:
        return None
    values = dict(row)  # type: ignore[call-overload]  # asyncpg's Record is a mapping
    own = {name: values.pop(name) for name in ("nr", "loan", "due_date", "attempts")}
    return Debit(Mandate(**values), **own)
