"""What accounts have: now, on a day, at a moment; the trial balance, and the replay of it all."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from tongtu.kernel.errors import NotFound, TooLarge
from tongtu.kernel.ids import AccountId, TransferId
from tongtu.ledger.model import (
    Account,
    AccountKind,
    Act,
    Code,
    KindName,
    Replay,
    Standing,
    Statement,
    StatementLine,
    TrialBalance,
    TrialLine,
)
from tongtu.runtime.api import Connection

# A statement is read by a person; past this the period is to be shortened.
STATEMENT_LINES_MAX = 10_000
ACCOUNTS_MAX = 1_000

_BALANCES = "SELECT id, balance_minor FROM ledger.account WHERE cell = $1 AND id = ANY ($2)"
_TOTALS = "SELECT kind, sum(balance_minor)::bigint AS total FROM ledger.account GROUP BY kind"
_STANDINGS = """
SELECT id, balance_minor, held_debit_minor, held_credit_minor, floor_minor, ceiling_minor
FROM ledger.account WHERE cell = $1 AND id = ANY ($2)
"""
_ON = """
SELECT a.id, ledger.balance_on(a.cell, a.id, $3) AS balance FROM ledger.account a
WHERE a.cell = $1 AND a.id = ANY ($2)
"""
_AT = """
SELECT a.id, ledger.balance_at(a.cell, a.id, $3) AS balance FROM ledger.account a
WHERE a.cell = $1 AND a.id = ANY ($2)
"""
_CHART = """
SELECT kind, holder, name_zh, name_en, is_platform_owned FROM ledger.account_kind ORDER BY kind
"""
_ACCOUNTS = """
SELECT cell, kind, owner, product, currency FROM ledger.account
WHERE kind = ANY ($1) AND ($2::bigint IS NULL OR owner = $2)
ORDER BY kind, owner, product, currency, cell LIMIT $3
"""
_ACCOUNT = """
SELECT cell, kind, owner, product, currency FROM ledger.account
WHERE cell = ANY ($1::smallint[]) AND id = $2
"""
_TRIAL = """
SELECT t.kind, t.currency, sum(t.closing)::numeric AS closing
FROM unnest($1::smallint[]) AS c (cell) CROSS JOIN LATERAL ledger.trial_balance(c.cell, $2) t
GROUP BY t.kind, t.currency ORDER BY t.currency, t.kind
"""

# Reads all cells in one snapshot: the check of the whole book. A pending transfer moves nothing
# (ledger.leg leaves it out) and holds its amount until it has ended.
_REPLAY = """
WITH replayed AS (
    SELECT cell, account AS id, sum(credit_minor - debit_minor) AS balance
    FROM ledger.leg GROUP BY cell, account
), waiting AS (
    SELECT p.cell, p.debit, p.credit, p.amount_minor FROM ledger.transfer p
    WHERE p.act = 1 AND NOT EXISTS (
        SELECT FROM ledger.transfer e WHERE e.cell = p.cell AND e.original = p.id)
), held AS (
    SELECT cell, id, sum(leaving) AS leaving, sum(coming) AS coming FROM (
        SELECT cell, debit AS id, amount_minor AS leaving, 0 AS coming FROM waiting
        UNION ALL SELECT cell, credit, 0, amount_minor FROM waiting
    ) h GROUP BY cell, id
), compared AS (
    SELECT a.currency, coalesce(a.balance_minor, 0) AS balance, a.id IS NULL
        OR a.balance_minor <> coalesce(r.balance, 0)
        OR a.held_debit_minor <> coalesce(h.leaving, 0)
        OR a.held_credit_minor <> coalesce(h.coming, 0) AS is_different
    FROM ledger.account a FULL JOIN replayed r ON r.cell = a.cell AND r.id = a.id
    LEFT JOIN held h ON h.cell = a.cell AND h.id = a.id
), summed AS (
    SELECT currency, count(*) AS accounts, abs(sum(balance)) AS total,
        count(*) FILTER (WHERE is_different) AS differences
    FROM compared GROUP BY currency
)
SELECT coalesce(sum(accounts), 0)::bigint AS accounts,
    (SELECT count(*) FROM ledger.transfer) AS transfers,
    coalesce(sum(differences), 0)::bigint AS differences,
    coalesce(sum(total), 0)::bigint AS total
FROM summed
"""

# The closing balance is reckoned once (OFFSET keeps it from being merged into each line).
_STATEMENT = """
SELECT a.closing, m.id, m.business_date, m.at, m.code,
    m.subject, m.act, m.original, m.adjusts,
    CASE WHEN m.debit = $2 THEN m.credit ELSE m.debit END AS counterparty,
    CASE WHEN m.debit = $2 THEN -m.amount_minor ELSE m.amount_minor END AS amount
FROM (
    SELECT ledger.balance_on(cell, id, $4) AS closing FROM ledger.account
    WHERE cell = $1 AND id = $2 OFFSET 0
) a LEFT JOIN LATERAL ledger.lines_of($1, $2, $3, $4) m ON true
ORDER BY m.business_date, m.id LIMIT $5
"""


async def balances(
    connection: Connection, cell: int, accounts: Iterable[AccountId]
) -> dict[AccountId, int]:
    """Return the balance in minor units of each account that is open."""
    rows = await connection.fetch(_BALANCES, cell, list(accounts))
    return {AccountId(row["id"]): row["balance_minor"] for row in rows}


async def standings(
    connection: Connection, cell: int, accounts: Iterable[AccountId]
) -> dict[AccountId, Standing]:
    """Return balance, holds and limits of each account that is open."""
    rows = await connection.fetch(_STANDINGS, cell, list(accounts))
    return {AccountId(row["id"]): Standing(*tuple(row)[1:]) for row in rows}


async def balances_on(
    connection: Connection, cell: int, accounts: Iterable[AccountId], day: date
) -> dict[AccountId, int]:
    """Return each account's balance in minor units at the end of a business date."""
    rows = await connection.fetch(_ON, cell, list(accounts), day)
    return {AccountId(row["id"]): row["balance"] for row in rows}


async def balances_at(
    connection: Connection, cell: int, accounts: Iterable[AccountId], at: datetime
) -> dict[AccountId, int]:
    """Return what each account's balance was at a moment, in minor units."""
    rows = await connection.fetch(_AT, cell, list(accounts), at)
    return {AccountId(row["id"]): row["balance"] for row in rows}


async def totals(connection: Connection) -> dict[AccountKind, int]:
    """Return the sum of balances per kind of account, over all cells."""
    return {AccountKind(row["kind"]): row["total"] for row in await connection.fetch(_TOTALS)}


async def chart(connection: Connection) -> list[KindName]:
    """Return the chart of accounts."""
    return [
        KindName(AccountKind(row["kind"]), *tuple(row)[1:])
        for row in await connection.fetch(_CHART)
    ]


async def list_accounts(
    connection: Connection, kinds: Iterable[AccountKind], owner: int | None = None
) -> list[Account]:
    """Return the open accounts of some kinds, of one owner or of all; over all cells.

    Raises:
        TooLarge: more than 1,000.
    """
    rows = await connection.fetch(_ACCOUNTS, [int(kind) for kind in kinds], owner, ACCOUNTS_MAX + 1)
    if len(rows) > ACCOUNTS_MAX:
        raise TooLarge("too many accounts: name one kind", code="accounts_too_many")
    return [_account(*row) for row in rows]


async def find_account(connection: Connection, cells: int, account: AccountId) -> Account:
    """Return an open account by its id, whatever its cell. Raises NotFound."""
    row = await connection.fetchrow(_ACCOUNT, list(range(cells)), account)
    if row is None:
        raise NotFound("there is no such account")
    return _account(*row)


async def trial_balance(connection: Connection, cells: int, as_of: date) -> TrialBalance:
    """Return the sums per kind and currency at the end of a business date, over all cells."""
    rows = await connection.fetch(_TRIAL, list(range(cells)), as_of)
    lines = [TrialLine(AccountKind(kind), name, int(closing)) for kind, name, closing in rows]
    return TrialBalance(as_of, tuple(lines))


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
            act=None if row["act"] is None else Act(row["act"]),
            original=row["original"],
            adjusts=row["adjusts"],
        )
        for row in rows
        if row["id"] is not None
    )
    closing = rows[0]["closing"]
    opening = closing - sum(line.amount_minor for line in lines)
    return Statement(account.id, opened_on, closed_on, opening, closing, lines)


def _account(cell: int, kind: int, owner: int, product: str | None, currency: str) -> Account:
    return Account(cell, AccountKind(kind), owner, product, currency)
