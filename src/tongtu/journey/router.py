"""The router's switch: one operator stops it at once, two persons let it go on."""

from __future__ import annotations

from typing import Any

import msgspec

from tongtu.funding.api import router_is_off, switch_router
from tongtu.identity.api import Approval, Caller, CommandKey, Proposal, Role, once
from tongtu.journey.two_persons import Deed, do_deed, propose_deed
from tongtu.kernel.errors import Conflict, NotAllowed
from tongtu.runtime.api import Connection, Runtime

OPERATION = "resume_router"
DEED = Deed(OPERATION, "propose_router_resumption", "resume_router")
_SUBJECT = 0  # there is one router


async def stop_router(runtime: Runtime, caller: Caller, why: str, key: CommandKey) -> bytes:
    """Stop the router: nothing is recommended, ties go by lender; return {"is_off"} as JSON.

    Raises:
        NotAllowed: no operator.
        Conflict: it is off already.
    """
    if caller.role is not Role.OPERATOR:
        raise NotAllowed("your role may not do this")

    async def effect(connection: Connection) -> bytes:
        by = caller.subject, None
        await switch_router(connection, by, why, runtime.clock.now(), is_off=True)
        return msgspec.json.encode({"is_off": True})

    return await once(runtime, caller, "stop_router", key, effect)


async def propose_resumption(runtime: Runtime, caller: Caller, why: str, key: CommandKey) -> bytes:
    """Propose that the router goes on; return {"approval"} as JSON.

    Raises:
        NotAllowed: another role than one that may propose.
        Conflict: it is on.
    """

    async def prepare(connection: Connection) -> tuple[Proposal, dict[str, Any]]:
        if not await router_is_off(connection):
            raise Conflict("the router is on", code="already_switched")
        return Proposal(OPERATION, _SUBJECT, why.encode()), {}

    return await propose_deed(runtime, caller, key, DEED, prepare)


async def resume_router(runtime: Runtime, caller: Caller, approval: int, key: CommandKey) -> bytes:
    """Allow what another person proposed: the router goes on; return {"is_off"} as JSON.

    Raises:
        NotFound, NotAllowed: no such proposal; one's own; a role that may not decide.
        Conflict: decided already, or the router is on.
    """

    async def effect(connection: Connection, allowed: Approval) -> dict[str, bool]:
        by, why = (caller.subject, approval), allowed.body.decode()
        await switch_router(connection, by, why, runtime.clock.now(), is_off=False)
        return {"is_off": False}

    return await do_deed(runtime, caller, (approval, key), DEED, effect)
