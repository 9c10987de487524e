"""A signed-in caller's command takes effect once: `runtime.command` under the caller's own name."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tongtu.identity.model import Caller
from tongtu.runtime.api import Connection, Runtime, command


@dataclass(frozen=True, slots=True)
class CommandKey:
    """The caller's idempotency key and the keyed hash of what it came with."""

    key: str
    body_hash: bytes


async def once(
    runtime: Runtime,
    caller: Caller,
    operation: str,
    key: CommandKey,
    effect: Callable[[Connection], Awaitable[bytes]],
) -> bytes:
    """Run `effect` in one commit with its key and return its answer; a repeat gets that answer.

    Raises:
        KeyReused: the key came with another body before.
    """
    return await command(
        runtime, caller.cell, caller.subject, operation, key.key, key.body_hash, effect
    )
