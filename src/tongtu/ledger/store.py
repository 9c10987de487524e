"""The SQL of the ledger. Callers own the transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from tongtu.kernel.errors import Broken, NotFound, TooLarge
from tongtu.kernel.ids import AccountId, TransferId
from tongtu.ledger.model import (
    Account,
    AccountKind,
    Code,
    PostingResult,
    Replay,
    Statement,
    StatementLine,
    Transfer,
)
from tongtu.runtime.api import Connection

# A statement is read by a person; past this the period is to be shortened.
STATEMENT_LINES_MAX = 10_000
_RESULTS = tuple(PostingResult)

_POST = "SELECT ledger.post_batch($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
_OPEN = "SELECT ledger.open_batch($1, $2, $3, $4, $5, $6, $7)"
_BALANCES = "SELECT id, balance_minor FROM ledger.account WHERE cell = $1 AND id = ANY ($2)"
_TOTALS = "SELECT kind, sum(balance_minor)::bigint AS total FROM ledger.account GROUP BY kind"

# Reads all cells in one snapshot: the check of the whole book.
_REPLAY = """
WITH legs AS (
    SELECT cell, debit AS id, -amount_minor AS amount FROM ledger.transfer
    UNION ALL
    SELECT cell, credit, amount_minor FROM ledger.transfer
), replayed AS (
    SELECT cell, id, sum(amount) AS balance FROM legs GROUP BY cell, id
), compared AS (
    SELECT a.currency, coalesce(a.balance_minor, 0) AS balance, a.id IS NULL AS is_unknown,
        coalesce(r.balance, 0) AS replayed
    FROM ledger.account a FULL JOIN replayed r ON r.cell = a.cell AND r.id = a.id
), summed AS (
    SELECT currency, count(*) AS accounts, abs(sum(balance)) AS total,
        count(*) FILTER (WHERE is_unknown OR balance <> replayed) AS differences
    FROM compared GROUP BY currency
)
SELECT coalesce(sum(accounts), 0)::bigint AS accounts,
    (SELECT count(*) FROM ledger.transfer) AS transfers,
    coalesce(sum(differences), 0)::bigint AS differences,
    coalesce(sum(total), 0)::bigint AS total
FROM summed
"""

# One snapshot: the balance of now, less what moved after the period, is the closing balance.
_STATEMENT = """
WITH moved AS MATERIALIZED (
    SELECT id, business_date, at, code, subject,
        CASE WHEN debit = $2 THEN credit ELSE debit END AS counterparty,
        CASE WHEN debit = $2 THEN -amount_minor ELSE amount_minor END AS amount
    FROM ledger.transfer
    WHERE cell = $1 AND business_date >= $3 AND (debit = $2 OR credit = $2)
), after AS (
    SELECT coalesce(sum(amount), 0)::bigint AS amount FROM moved WHERE business_date > $4
)
SELECT a.balance_minor - after.amount AS closing, m.id, m.business_date, m.at, m.code, m.subject,
    m.counterparty, m.amount
FROM ledger.account a CROSS JOIN after
LEFT JOIN moved m ON m.business_date <= $4
WHERE a.cell = $1 AND a.id = $2
ORDER BY m.business_date, m.id LIMIT $5
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


async def post_chunk(
    connection: Connection,
    cell: int,
    transfers: Sequence[Transfer],
    business_date: date,
    at: datetime,
) -> list[PostingResult]:
    """Post at most 4,096 transfers in one call; answers in request order."""
    answers = await connection.fetchval(
        _POST,
        cell,
        [transfer.id for transfer in transfers],
        [transfer.debit for transfer in transfers],
        [transfer.credit for transfer in transfers],
        [transfer.amount_minor for transfer in transfers],
        [transfer.code for transfer in transfers],
        [transfer.link for transfer in transfers],
        [transfer.subject for transfer in transfers],
        business_date,
        at,
    )
    return [_RESULTS[answer] for answer in answers]


async def balances(
    connection: Connection, cell: int, accounts: Iterable[AccountId]
) -> dict[AccountId, int]:
    """Return the balance in minor units of each account that is open."""
    rows = await connection.fetch(_BALANCES, cell, list(accounts))
    return {AccountId(row["id"]): row["balance_minor"] for row in rows}


async def totals(connection: Connection) -> dict[AccountKind, int]:
    """Return the sum of balances per kind of account, over all cells."""
    return {AccountKind(row["kind"]): row["total"] for row in await connection.fetch(_TOTALS)}


async def balances_equal_replay(connection: Connection) -> Replay:
    """Compare every balance with the replay of its postings, in one snapshot of all cells."""
    row = await connection.fetchrow(_REPLAY)
    assert row is not None
    return Replay(row["accounts"], row["transfers"], row["differences"], row["total"])


async def statement(
    connection: Connection, account: Account, opened_on: date, closed_on: date
) -> Statement:
    """Return the movements of both dates and those between, with opening and closing balance.

    Raises:
        NotFound: the account is not open.
        TooLarge: more than 10,000 lines.
    """
    rows = await connection.fetch(
        _STATEMENT, account.cell, account.id, opened_on, closed_on, STATEMENT_LINES_MAX + 1
    )
    if not rows:
        raise NotFound("no such account")
    if len(rows) > STATEMENT_LINES_MAX:
        raise TooLarge("too many movements: choose a shorter period", code="statement_too_long")
    lines = tuple(
        StatementLine(
            transfer=TransferId(row["id"]),
            business_date=row["business_date"],
            at=row["at"],
            code=Code(row["code"]),
            counterparty=AccountId(row["counterparty"]),
            amount_minor=row["amount"],
            subject=row["subject"],
        )
        for row in rows
        if row["id"] is not None
    )
    closing = rows[0]["closing"]
    opening = closing - sum(line.amount_minor for line in lines)
    return Statement(account.id, opened_on, closed_on, opening, closing, lines)


def _one_cell(accounts: Sequence[Account]) -> int:
    cells = {account.cell for account in accounts}
    if len(cells) != 1:
        raise ValueError("a batch belongs to one cell")
    return cells.pop()
