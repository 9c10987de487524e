"""Purchases, returns and what moved a merchant's money, as rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from tongtu.checkout.model import (
    GoodsReturn,
    MerchantSettlement,
    Movement,
    MovementKind,
    Purchase,
    PurchaseState,
    ReturnState,
)
from tongtu.checkout.store.session import terms_json, terms_of
from tongtu.kernel.errors import Broken
from tongtu.runtime.api import Connection

_FIELDS = """cell, application, session, merchant, party, price_minor, terms, is_captured_at_once,
    state, authorised_on, lender, loan, paid_on, subsidy_minor, fee_minor, returned_minor,
    asked_back_minor"""
# A session's declined application makes room for the buyer's next one.
_ADD = """
INSERT INTO checkout.purchase (cell, application, session, merchant, party, price_minor, terms,
    is_captured_at_once, state, changed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7::jsonb, $8, 'applied', $9)
ON CONFLICT (cell, session) DO UPDATE SET application = excluded.application
WHERE purchase.state = 'applied' AND purchase.party = excluded.party
RETURNING application
"""
_FIND = f"SELECT {_FIELDS} FROM checkout.purchase WHERE cell = $1 AND application = $2"
_OF_SESSION = f"SELECT {_FIELDS} FROM checkout.purchase WHERE cell = $1 AND session = $2"
_WRITE = """
UPDATE checkout.purchase SET state = $3, authorised_on = $4, lender = $5, loan = $6, paid_on = $7,
    subsidy_minor = $8, fee_minor = $9, returned_minor = $10, asked_back_minor = $11,
    changed_at = $12
WHERE cell = $1 AND application = $2
"""
_AUTHORISED = f"""
SELECT {_FIELDS} FROM checkout.purchase
WHERE cell = $1 AND state = 'authorised' AND authorised_on <= $2 ORDER BY application LIMIT $3
"""
_UNCAPTURED = """
SELECT count(*) FROM checkout.purchase
WHERE cell = $1 AND authorised_on = $2 AND state IN ('authorised', 'lapsed')
"""
_RETURN = """
INSERT INTO checkout.goods_return (cell, id, application, merchant, amount_minor, rebate_minor,
    is_whole, value_date, state, asked_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'asked', $9)
"""
_RETURNED = """cell, id, application, merchant, amount_minor, rebate_minor, is_whole, value_date,
    state"""
_FIND_RETURN = f"SELECT {_RETURNED} FROM checkout.goods_return WHERE cell = $1 AND id = $2"
_RETURNS = f"""
SELECT {_RETURNED} FROM checkout.goods_return WHERE cell = $1 AND application = $2 ORDER BY id
"""
_END_RETURN = """
UPDATE checkout.goods_return SET state = $3, is_whole = $4
WHERE cell = $1 AND id = $2 AND state <> 'paid'
"""
_MOVED = """
INSERT INTO checkout.movement (cell, payment, merchant, application, kind, day, end_to_end_id,
    amount_minor)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""
# Reads all cells: a merchant has buyers in each.
_OF_DAY = """
SELECT cell, payment, merchant, application, kind, day, end_to_end_id, amount_minor
FROM checkout.movement WHERE merchant = $1 AND day = $2 ORDER BY payment, kind LIMIT $3
"""
_SETTLE = """
INSERT INTO checkout.settlement (merchant, day, total_minor, lines, content, made_at)
VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING
"""
_SETTLED = """
SELECT merchant, day, total_minor, lines, content FROM checkout.settlement
WHERE merchant = $1 AND day = $2
"""


async def add(connection: Connection, new: Purchase, at: datetime) -> bool:
    """Write a purchase; False when the session's purchase has gone on with another application."""
    written = await connection.fetchval(
        _ADD, new.cell, new.application, new.session, new.merchant, new.party, new.price_minor,
        terms_json(new.terms), new.is_captured_at_once, at,
    )  # fmt: skip
    return bool(written == new.application)


async def find(connection: Connection, cell: int, application: int) -> Purchase | None:
    """Return the purchase an application pays for, if it does."""
    return _purchase(await connection.fetchrow(_FIND, cell, application))


async def of_session(connection: Connection, cell: int, session: int) -> Purchase | None:
    """Return the purchase a session became."""
    return _purchase(await connection.fetchrow(_OF_SESSION, cell, session))


async def hold(connection: Connection, cell: int, application: int) -> Purchase | None:
    """Return the purchase an application pays for, locked for this transaction."""
    return _purchase(await connection.fetchrow(f"{_FIND} FOR NO KEY UPDATE", cell, application))


async def write(connection: Connection, held: Purchase, at: datetime) -> None:
    """Write how a purchase that the caller holds now stands."""
    await connection.execute(
        _WRITE, held.cell, held.application, held.state.value, held.authorised_on, held.lender,
        held.loan, held.paid_on, held.subsidy_minor, held.fee_minor, held.returned_minor,
        held.asked_back_minor, at,
    )  # fmt: skip


async def authorised_until(
    connection: Connection, cell: int, day: date, limit: int
) -> list[Purchase]:
    """Return purchases authorised on a day or earlier and not captured."""
    rows = await connection.fetch(_AUTHORISED, cell, day, limit)
    return [one for one in map(_purchase, rows) if one is not None]


async def count_uncaptured(connection: Connection, cell: int, day: date) -> int:
    """Return how many purchases authorised on a day have no payout and wait for none."""
    found: int = await connection.fetchval(_UNCAPTURED, cell, day)
    return found


async def add_return(connection: Connection, new: GoodsReturn, at: datetime) -> None:
    """Write that goods come back."""
    await connection.execute(
        _RETURN, new.cell, new.id, new.application, new.merchant, new.amount_minor,
        new.rebate_minor, new.is_whole, new.value_date, at,
    )  # fmt: skip


async def find_return(connection: Connection, cell: int, payment: int) -> GoodsReturn:
    """Return the return that a payment brings back. Raises Broken."""
    row = await connection.fetchrow(_FIND_RETURN, cell, payment)
    if row is None:
        raise Broken(f"payment {payment} brings no goods back")
    return _return(row)


async def returns_of(connection: Connection, cell: int, application: int) -> list[GoodsReturn]:
    """Return the returns of a purchase, oldest first."""
    return [_return(row) for row in await connection.fetch(_RETURNS, cell, application)]


async def end_return(
    connection: Connection, held: GoodsReturn, state: ReturnState, *, is_whole: bool
) -> None:
    """Write what became of a return."""
    await connection.execute(_END_RETURN, held.cell, held.id, state.value, is_whole)


async def add_movement(connection: Connection, moved: Movement) -> None:
    """Note what a payment moved of a merchant's money, in the commit that posted it."""
    await connection.execute(
        _MOVED, moved.cell, moved.payment, moved.merchant, moved.application, moved.kind.value,
        moved.day, moved.end_to_end_id, moved.amount_minor,
    )  # fmt: skip


async def moved_on(
    connection: Connection, merchant: int, day: date, limit: int
) -> Sequence[Movement]:
    """Return what moved a merchant's money on a day."""
    rows = await connection.fetch(_OF_DAY, merchant, day, limit)
    return [Movement(**dict(row.items()) | {"kind": MovementKind(row["kind"])}) for row in rows]


async def keep_settlement(connection: Connection, made: MerchantSettlement, at: datetime) -> None:
    """Write a settlement, unless it stands."""
    await connection.execute(
        _SETTLE, made.merchant, made.day, made.total_minor, made.lines, made.content, at
    )


async def find_settlement(
    connection: Connection, merchant: int, day: date
) -> MerchantSettlement | None:
    """Return a merchant's settlement of a day, once it was made."""
    row = await connection.fetchrow(_SETTLED, merchant, day)
    return None if row is None else MerchantSettlement(**dict(row.items()))


def _return(row: Any) -> GoodsReturn:
    return GoodsReturn(**dict(row.items()) | {"state": ReturnState(row["state"])})


def _purchase(row: Any) -> Purchase | None:
    if row is None:
        return None
    values = dict(row.items())
    values["terms"], values["state"] = terms_of(values["terms"]), PurchaseState(values["state"])
    return Purchase(**values)
