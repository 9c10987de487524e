"""The ways that the law of the day forbids, beside those that this house does."""

from __future__ import annotations

from collections.abc import Sequence

from tongtu.ledger.model import Flow
from tongtu.runtime.api import Connection

# Two processes that start at once write the same rows; one waits for the other.
_HOLD = "LOCK TABLE ledger.forbidden_flow IN SHARE ROW EXCLUSIVE MODE"
_FORGET = """
DELETE FROM ledger.forbidden_flow f WHERE f.law IS NOT NULL AND (f.law <> $1 OR NOT EXISTS (
    SELECT FROM unnest($2::smallint[], $3::smallint[], $4::smallint[], $5::text[])
        AS n (code, credit_kind, debit_kind, rule)
    WHERE n.code = f.code AND n.credit_kind = f.credit_kind AND n.debit_kind = f.debit_kind
        AND n.rule = f.rule))
"""
_ADD = """
INSERT INTO ledger.forbidden_flow (code, credit_kind, debit_kind, rule, law)
SELECT n.code, n.credit_kind, n.debit_kind, n.rule, $1
FROM unnest($2::smallint[], $3::smallint[], $4::smallint[], $5::text[])
    AS n (code, credit_kind, debit_kind, rule)
ON CONFLICT DO NOTHING
"""


async def forbid_by_law(connection: Connection, law: str, flows: Sequence[Flow]) -> None:
    """Let the ledger refuse exactly these flows beside the house's own, from this commit on.

    Safe to repeat; posting reads on meanwhile and waits for nothing.
    """
    await connection.execute(_HOLD)
    columns = tuple(zip(*flows, strict=True)) or ((), (), (), ())
    codes, credits_, debits, rules = (list(one) for one in columns)
    kinds = [int(kind) for kind in credits_], [int(kind) for kind in debits]
    for statement in (_FORGET, _ADD):
        await connection.execute(statement, law, codes, *kinds, rules)
