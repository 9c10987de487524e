"""Merchants and their sessions as rows."""

from __future__ import annotations

import dataclasses
import json
from datetime import datetime
from types import MappingProxyType
from typing import Any

from asyncpg.exceptions import UniqueViolationError

from tongtu.checkout.model import Item, MerchantTerms, Session
from tongtu.kernel.errors import Conflict, NotFound
from tongtu.runtime.api import Connection

_OPEN = """
INSERT INTO checkout.merchant (number, party, opened_at) VALUES ($1, $2, $3)
ON CONFLICT (number) DO NOTHING
"""
_FIELDS = """cell, id, merchant, reference, items, price_minor, terms, is_captured_at_once,
    opened_at, expires_at, party, application"""
_ADD = """
INSERT INTO checkout.session (cell, id, merchant, reference, items, price_minor, terms,
    is_captured_at_once, opened_at, expires_at)
VALUES ($1, $2, $3, $4, $5::jsonb, $6, $7::jsonb, $8, $9, $10)
"""
_FIND = f"SELECT {_FIELDS} FROM checkout.session WHERE cell = $1 AND id = $2"
_CLAIM = f"""
UPDATE checkout.session SET party = $3
WHERE cell = $1 AND id = $2 AND (party = $3 OR party IS NULL AND expires_at > $4)
RETURNING {_FIELDS}
"""
# The newest application of the one buyer counts: a declined one may be followed by another.
_APPLY = """
UPDATE checkout.session SET application = $4 WHERE cell = $1 AND id = $2 AND party = $3
"""


async def merchant_party(connection: Connection, number: int) -> int | None:
    """Return the party of a merchant that was opened."""
    found: int | None = await connection.fetchval(
        "SELECT party FROM checkout.merchant WHERE number = $1", number
    )
    return found


async def open_merchant(connection: Connection, number: int, party: int, at: datetime) -> None:
    """Write a merchant, unless it stands."""
    await connection.execute(_OPEN, number, party, at)


async def add(connection: Connection, new: Session) -> None:
    """Write a session. Raises Conflict when the merchant used the reference before."""
    items = json.dumps([dataclasses.asdict(one) for one in new.items])
    try:
        async with connection.transaction():
            await connection.execute(
                _ADD, new.cell, new.id, new.merchant, new.reference, items, new.price_minor,
                terms_json(new.terms), new.is_captured_at_once, new.opened_at, new.expires_at,
            )  # fmt: skip
    except UniqueViolationError:
        raise Conflict("this reference stands for another purchase", code="reference_used") from (
            None
        )


async def find(connection: Connection, cell: int, session: int) -> Session:
    """Return a session. Raises NotFound."""
    return _session(await connection.fetchrow(_FIND, cell, session))


async def claim(
    connection: Connection, cell: int, session: int, party: int, at: datetime
) -> Session:
    """Give a session to its buyer. Raises Conflict: another's, or too old."""
    row = await connection.fetchrow(_CLAIM, cell, session, party, at)
    if row is None:
        await find(connection, cell, session)
        raise Conflict("somebody else buys this, or it is too late", code="session_closed")
    return _session(row)


async def set_application(
    connection: Connection, cell: int, session: int, buyer: tuple[int, int]
) -> None:
    """Note the buyer's application; `buyer` is party and application."""
    await connection.execute(_APPLY, cell, session, *buyer)


def terms_json(terms: MerchantTerms) -> str:
    """Return the stored form of a merchant's terms."""
    body = {
        "name_zh": terms.name_zh,
        "name_en": terms.name_en,
        "account": terms.account,
        "fee_bps": terms.fee_bps,
        "paid_bps": {str(months): bps for months, bps in terms.paid_bps.items()},
    }
    return json.dumps(body, ensure_ascii=False, sort_keys=True)


def terms_of(text: str) -> MerchantTerms:
    """Read what `terms_json` wrote."""
    body = json.loads(text)
    paid = {int(months): bps for months, bps in body.pop("paid_bps").items()}
    return MerchantTerms(**body, paid_bps=MappingProxyType(paid))


def _session(row: Any) -> Session:
    if row is None:
        raise NotFound("there is no such checkout session")
    values = dict(row.items())
    values["items"] = tuple(Item(**one) for one in json.loads(values["items"]))
    values["terms"] = terms_of(values["terms"])
    return Session(**values)
