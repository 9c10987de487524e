"""Opening accounts, setting their limits, posting, and finding what was posted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from asyncpg import Record

from tongtu.kernel.errors import Broken, NotFound, Refused
from tongtu.kernel.ids import AccountId, TransferId
from tongtu.ledger.model import Account, Act, Code, PostingResult, Transfer
from tongtu.runtime.api import Connection

_RESULTS = tuple(PostingResult)
_PLAIN = 7  # the first fields of a transfer; the others are NULL for an ordinary one
_COLUMNS = (
    "id, debit, credit, amount_minor, code, link, subject, act, original, expires_at, adjusts"
)

_POST = "SELECT ledger.post_batch($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
_POST_ACTS = "SELECT ledger.post_batch($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)"
_OPEN = "SELECT ledger.open_batch($1, $2, $3, $4, $5, $6, $7)"
_WITHIN = """($3::bigint IS NULL OR balance_minor - held_debit_minor >= $3)
    AND ($4::bigint IS NULL OR balance_minor + held_credit_minor <= $4)"""
_LIMIT = f"""
UPDATE ledger.account SET floor_minor = $3, ceiling_minor = $4
WHERE cell = $1 AND id = $2 AND {_WITHIN}
"""
_FITS = f"SELECT {_WITHIN} FROM ledger.account WHERE cell = $1 AND id = $2"
_FIND = f"SELECT {_COLUMNS} FROM ledger.transfer WHERE cell = $1 AND id = ANY ($2)"
_DUE = f"""
SELECT {_COLUMNS} FROM ledger.transfer WHERE cell = $1 AND id = ANY (ARRAY(
    SELECT id FROM ledger.pending WHERE cell = $1 AND expires_at <= $2
    ORDER BY expires_at, id LIMIT $3))
"""


async def open_accounts(connection: Connection, accounts: Sequence[Account]) -> None:
    """Open what is not open yet. All of one cell.

    Raises:
        Broken: an id is taken by another account.
    """
    distinct = list(dict.fromkeys(accounts))
    if not distinct:
        return
    opened = await connection.fetchval(
        _OPEN,
        _one_cell(distinct),
        [account.id for account in distinct],
        [int(account.kind) for account in distinct],
        [account.owner for account in distinct],
        [account.product for account in distinct],
        [account.currency for account in distinct],
        [account.floor_minor for account in distinct],
    )
    if opened != len(distinct):
        raise Broken("two accounts claim one id", code="account_id_taken")


async def open_account(connection: Connection, account: Account) -> AccountId:
    """Open one account if it is not open yet; return its id."""
    await open_accounts(connection, [account])
    return account.id


async def set_limits(
    connection: Connection, account: Account, floor_minor: int | None, ceiling_minor: int | None
) -> None:
    """Set how low and how high an account may go, holds counted; None for no limit.

    Raises:
        Refused: the account is beyond the limit now, or its kind's own floor is higher.
        NotFound: the account is not open.
    """
    _check_kind(account, floor_minor)
    told = await connection.execute(_LIMIT, account.cell, account.id, floor_minor, ceiling_minor)
    if told != "UPDATE 1":
        await check_limits(connection, account, floor_minor, ceiling_minor)
        raise Broken("limits that fit were not set")


async def check_limits(
    connection: Connection, account: Account, floor_minor: int | None, ceiling_minor: int | None
) -> None:
    """Raise as `set_limits` would; nothing is set."""
    _check_kind(account, floor_minor)
    fits = await connection.fetchval(_FITS, account.cell, account.id, floor_minor, ceiling_minor)
    if fits is None:
        raise NotFound("no such account")
    if not fits:
        raise Refused("the account is beyond that limit now", code="balance_beyond_limit")


def _check_kind(account: Account, floor_minor: int | None) -> None:
    least = account.floor_minor
    if least is not None and (floor_minor is None or floor_minor < least):
        raise Refused("accounts of this kind never go so low", code="floor_below_kind")


async def post_chunk(
    connection: Connection,
    cell: int,
    transfers: Sequence[Transfer],
    business_date: date,
    at: datetime,
) -> list[PostingResult]:
    """Post at most 4,096 transfers in one call; answers in request order."""
    columns = list(zip(*transfers, strict=True))  # in the order of the fields
    plain, acts = columns[:_PLAIN], columns[_PLAIN:]
    if all(transfer.act is None and transfer.adjusts is None for transfer in transfers):
        acts = []
    statement = _POST_ACTS if acts else _POST
    answers = await connection.fetchval(statement, cell, *plain, business_date, at, *acts)
    return [_RESULTS[answer] for answer in answers]


async def find_transfers(
    connection: Connection, cell: int, numbers: Sequence[TransferId]
) -> dict[TransferId, Transfer]:
    """Return those of the transfers that stand in the books."""
    rows = await connection.fetch(_FIND, cell, list(numbers))
    return {TransferId(row["id"]): _transfer(row) for row in rows}


async def due(connection: Connection, cell: int, at: datetime, limit: int) -> list[Transfer]:
    """Return pending transfers whose time is over at `at`, the oldest first chosen."""
    return [_transfer(row) for row in await connection.fetch(_DUE, cell, at, limit)]


def _transfer(row: Record) -> Transfer:
    values: dict[str, Any] = dict(row)  # columns are named as the fields
    act = values["act"]
    return Transfer(
        **values | {"act": None if act is None else Act(act), "code": Code(values["code"])}
    )


def _one_cell(accounts: Sequence[Account]) -> int:
    cells = {account.cell for account in accounts}
    if len(cells) != 1:
        raise ValueError("a batch belongs to one cell")
    return cells.pop()
