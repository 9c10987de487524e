"""What no person does alone: one proposes, another allows it or refuses it with a reason.

What is done is what was proposed, byte for byte, in the commit that uses the approval up; a refusal
changes nothing but the proposal itself.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from tongtu.identity.api import (
    Approval,
    Caller,
    CommandKey,
    Proposal,
    allow,
    once,
    propose,
    reject,
)
from tongtu.runtime.api import Connection, Runtime


@dataclass(frozen=True, slots=True)
class Deed:
    """A kind of thing that two persons do, and the names of the commands that do it."""

    operation: str
    proposing: str
    doing: str


# What is proposed, and what the proposer is told beside the approval's name.
Prepare = Callable[[Connection], Awaitable[tuple[Proposal, Mapping[str, Any]]]]
# What happens once it is allowed; returns what both are told.
Effect = Callable[[Connection, Approval], Awaitable[Any]]


async def propose_deed(
    runtime: Runtime, caller: Caller, key: CommandKey, deed: Deed, prepare: Prepare
) -> bytes:
    """Write a proposal; return {"approval", ...} as JSON.

    Raises:
        NotAllowed: another role than one that may propose. Whatever `prepare` raises, too.
    """

    async def effect(connection: Connection) -> bytes:
        proposal, told = await prepare(connection)
        approval = await propose(connection, runtime, caller, proposal)
        shown = runtime.public.show("approval", approval.id)
        return msgspec.json.encode({"approval": shown, **told})

    return await once(runtime, caller, deed.proposing, key, effect)


async def do_deed(
    runtime: Runtime,
    caller: Caller,
    command: tuple[int, CommandKey],
    deed: Deed,
    effect: Effect,
) -> bytes:
    """Allow what another person proposed and do it, in one commit; return its answer as JSON.

    `command` is the approval and the key of the request.

    Raises:
        NotFound: no such proposal of this kind.
        NotAllowed: one's own; a role that may not decide.
        Conflict: decided already, or too old. Whatever `effect` raises, too: nothing has changed.
    """
    approval, key = command

    async def both(connection: Connection) -> bytes:
        allowed = await allow(connection, runtime, caller, approval, deed.operation)
        return msgspec.json.encode(await effect(connection, allowed))

    return await once(runtime, caller, deed.doing, key, both)


async def refuse_deed(
    runtime: Runtime, caller: Caller, approval: int, reason: str, key: CommandKey
) -> bytes:
    """Refuse what another person proposed, whatever it is; return {"approval", "state", ...}.

    Raises:
        NotFound, NotAllowed: no such proposal; one's own; a role that may not decide.
        Conflict: decided already, or too old.
    """

    async def effect(connection: Connection) -> bytes:
        refused = await reject(connection, runtime, caller, approval, reason)
        answer = {
            "approval": runtime.public.show("approval", refused.id),
            "operation": refused.operation,
            "state": refused.state,
            "reason": reason,
        }
        return msgspec.json.encode(answer)

    return await once(runtime, caller, "refuse_proposal", key, effect)
