"""Who set which limits of an account: a history that is only ever added to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tongtu.kernel.ids import AccountId
from tongtu.runtime.api import Connection

_KEEP = """
INSERT INTO ledger.account_limit
    (cell, id, account, floor_minor, ceiling_minor, why, proposed_by, allowed_by, at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""
_LIST = """
SELECT floor_minor, ceiling_minor, why, proposed_by, allowed_by, at FROM ledger.account_limit
WHERE cell = $1 AND account = $2 ORDER BY id DESC LIMIT $3
"""


@dataclass(frozen=True, slots=True)
class LimitSet:
    """Limits as two persons set them; None is none."""

    floor_minor: int | None
    ceiling_minor: int | None
    why: str
    proposed_by: int
    allowed_by: int
    at: datetime


async def keep_limit(
    connection: Connection,
    cell: int,
    number: int,
    account: AccountId,
    one: LimitSet,
) -> None:
    """Keep who set an account's limits, in the commit that sets them."""
    await connection.execute(
        _KEEP, cell, number, account, one.floor_minor, one.ceiling_minor, one.why,
        one.proposed_by, one.allowed_by, one.at,
    )  # fmt: skip


async def limits_of(
    connection: Connection, cell: int, account: AccountId, limit: int
) -> list[LimitSet]:
    """Return how an account's limits were set, newest first."""
    return [LimitSet(*row) for row in await connection.fetch(_LIST, cell, account, limit)]
