"""Rows of questions to the outside: the intent, then what came. Callers own the transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tongtu.runtime.api import Connection


@dataclass(frozen=True, slots=True)
class Question:
    """Who is asked for what, in which case."""

    cell: int
    id: int
    case: int
    party: int
    provider: str
    service: str


async def ask(connection: Connection, question: Question, at: datetime) -> None:
    """Write the intent."""
    await connection.execute(
        """
        insert into verification.question (cell, id, identity_case, party, provider, service,
            asked_at) values ($1, $2, $3, $4, $5, $6, $7)
        """,
        question.cell,
        question.id,
        question.case,
        question.party,
        question.provider,
        question.service,
        at,
    )


async def answer(connection: Connection, question: Question, state: str, at: datetime) -> bool:
    """Write what came, once; False where it was answered before."""
    found = await connection.fetchval(
        """
        update verification.question set state = $3, answered_at = $4
         where cell = $1 and id = $2 and state is null returning id
        """,
        question.cell,
        question.id,
        state,
        at,
    )
    return found is not None


async def count(connection: Connection, cell: int, case: int) -> int:
    """Return how often somebody was asked in a case."""
    found: int = await connection.fetchval(
        "select count(*) from verification.question where cell = $1 and identity_case = $2",
        cell,
        case,
    )
    return found
