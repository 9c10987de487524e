"""The one mechanism of idempotency: a command's answer is written in the commit of its effect."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from tongtu.kernel.errors import Broken, KeyReused
from tongtu.runtime.database import Connection

if TYPE_CHECKING:
    from tongtu.runtime.runtime import Runtime

FIND = (
    "select body_hash, answer from runtime.command_find($1, array[$2::int8], $3, array[$4::text])"
)
WRITE = """
select runtime.command_batch($1, array[$2::int8], $3, array[$4::text], array[$5::bytea],
                             array[$6::bytea], $7)
"""


async def command(  # noqa: PLR0913, PLR0917 - the six are the command's identity and its effect
    runtime: Runtime,
    cell: int,
    caller: int,
    operation: str,
    key: str,
    body_hash: bytes,
    effect: Callable[[Connection], Awaitable[bytes]],
) -> bytes:
    """Run `effect` and store its answer in one commit; a repeat gets the stored answer.

    A refusal raised by `effect` leaves nothing, the key included, so it may be tried again.

    Raises:
        KeyReused: the key was used with another body.
    """
    async with runtime.database.transaction() as connection:
        # The same key waits here for the first to commit, and then finds its answer.
        await connection.execute(
            "select pg_advisory_xact_lock($1)", _lock_of(cell, caller, operation, key)
        )
        found = await connection.fetchrow(FIND, cell, caller, operation, key)
        if found is not None:
            return stored_answer(found["body_hash"], found["answer"], body_hash)
        answer = await effect(connection)
        at = runtime.clock.now()
        written = await connection.fetchval(
            WRITE, cell, caller, operation, key, body_hash, answer, at
        )
        if written != 1:
            raise Broken("a command was stored by a writer that does not hold its lock")
        return answer


def stored_answer(stored_hash: bytes, answer: bytes, body_hash: bytes) -> bytes:
    """Return the stored answer. Raises KeyReused when it belongs to another body."""
    if stored_hash != body_hash:
        raise KeyReused("this Idempotency-Key was used with another body; send a new key")
    return answer


def _lock_of(cell: int, caller: int, operation: str, key: str) -> int:
    name = f"{cell}\x1f{caller}\x1f{operation}\x1f{key}".encode()
    return int.from_bytes(hashlib.blake2b(name, digest_size=8).digest(), "big", signed=True)
