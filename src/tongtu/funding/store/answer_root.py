"""What lenders in process signed: versions of policies, and roots over ranges of answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tongtu.runtime.api import Connection

_POLICY = """
insert into funding.policy_signature (lender, policy_hash, key, signed_s, signature)
values ($1, $2, $3, $4, $5) on conflict do nothing
"""
_HAS_POLICY = """
select exists (select from funding.policy_signature
                where lender = $1 and policy_hash = $2 and key = $3)
"""
_POLICIES = """
select key, signed_s, signature from funding.policy_signature
 where lender = $1 and policy_hash = $2 order by signed_s
"""
_BEGIN = "insert into funding.signed_up_to (cell, decision) values ($1, 0) on conflict do nothing"
_UP_TO = "select decision from funding.signed_up_to where cell = $1 for update"
_MOVE = "update funding.signed_up_to set decision = $2 where cell = $1"
_ROOT = """
insert into funding.answer_root (cell, lender, after_decision, last_decision, answers, root, key,
    signed_s, signature)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""
_OVER = """
select cell, lender, after_decision, last_decision, answers, root, key, signed_s, signature
  from funding.answer_root
 where cell = $1 and lender = $2 and last_decision >= $3 and after_decision < $3
 order by last_decision limit 1
"""


@dataclass(frozen=True, slots=True)
class PolicySignature:
    """A lender's signature under a version of its policy."""

    lender: int
    policy_hash: str
    key: str
    signed_s: int
    signature: str


@dataclass(frozen=True, slots=True)
class AnswerRoot:
    """A lender's signature under all its answers in a range of decisions."""

    cell: int
    lender: int
    after_decision: int
    last_decision: int
    answers: int
    root: bytes
    key: str
    signed_s: int
    signature: str


async def write_policy(connection: Connection, new: PolicySignature) -> None:
    """Keep a policy's signature, once."""
    await connection.execute(
        _POLICY, new.lender, new.policy_hash, new.key, new.signed_s, new.signature
    )


async def has_policy(connection: Connection, lender: int, policy_hash: str, key: str) -> bool:
    """Tell whether a key signed a version."""
    return bool(await connection.fetchval(_HAS_POLICY, lender, policy_hash, key))


async def policies(
    connection: Connection, lender: int, policy_hash: str
) -> Sequence[PolicySignature]:
    """Return the signatures under a version, oldest first."""
    rows = await connection.fetch(_POLICIES, lender, policy_hash)
    return [PolicySignature(lender, policy_hash, *row) for row in rows]


async def hold_mark(connection: Connection, cell: int) -> int:
    """Return up to which decision a cell is signed; nobody else signs until the commit."""
    await connection.execute(_BEGIN, cell)
    return int(await connection.fetchval(_UP_TO, cell))


async def move_mark(connection: Connection, cell: int, decision: int) -> None:
    """Note that everything up to a decision is signed."""
    await connection.execute(_MOVE, cell, decision)


async def write_root(connection: Connection, new: AnswerRoot) -> None:
    """Keep a signed root."""
    await connection.execute(
        _ROOT,
        new.cell,
        new.lender,
        new.after_decision,
        new.last_decision,
        new.answers,
        new.root,
        new.key,
        new.signed_s,
        new.signature,
    )


async def root_over(
    connection: Connection, cell: int, lender: int, decision: int
) -> AnswerRoot | None:
    """Return the root whose range holds a decision."""
    row = await connection.fetchrow(_OVER, cell, lender, decision)
    return None if row is None else AnswerRoot(*row)
