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


class _NotStored(Exception):
    """Raised inside the first look, so that nothing is stored before the work is done."""


async def once_in_steps(
    runtime: Runtime,
    caller: Caller,
    operation: str,
    key: CommandKey,
    effect: Callable[[], Awaitable[bytes]],
) -> bytes:
    """Run an `effect` of several commits and store its answer when all are done.

    A call that was cut off is repeated under the same key, so `effect` must go on where it stood.

    Raises:
        KeyReused: the key came with another body before.
    """

    async def not_yet(_: Connection) -> bytes:
        raise _NotStored

    try:
        return await once(runtime, caller, operation, key, not_yet)
    except _NotStored:
        answer = await effect()

    async def keep(_: Connection) -> bytes:
        return answer

    return await once(runtime, caller, operation, key, keep)
