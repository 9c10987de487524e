"""Four eyes: one person proposes, another approves, and the approval is used once."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from tongtu.identity.model import APPROVAL_LIFE, CHECKERS, MAKERS, Approval, Caller, Role
from tongtu.identity.store import approval as store
from tongtu.kernel.errors import Conflict, NotAllowed, NotFound
from tongtu.kernel.ids import id_shard
from tongtu.runtime.api import Connection, Runtime


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is to be done to which subject, byte for byte."""

    operation: str
    subject: int
    body: bytes


async def propose(
    connection: Connection, runtime: Runtime, caller: Caller, proposal: Proposal
) -> Approval:
    """Write a proposal for somebody else to decide.

    Raises:
        NotAllowed: another role than an operator, analyst or clerk.
    """
    _check_role(caller, MAKERS)
    at = runtime.clock.now()
    approval = Approval(
        id=runtime.ids.new(id_shard(proposal.subject)),
        operation=proposal.operation,
        subject=proposal.subject,
        body=proposal.body,
        state="proposed",
        maker=caller.subject,
        checker=None,
    )
    await store.write_approval(
        connection,
        runtime.cell(approval.id),
        approval,
        _hash(proposal.body),
        (at, at + APPROVAL_LIFE),
    )
    return approval


async def approve(
    connection: Connection, runtime: Runtime, caller: Caller, identifier: int
) -> Approval:
    """Approve a proposal of somebody else.

    Raises:
        NotFound: no such proposal.
        NotAllowed: neither operator nor analyst; code `own_work`: nobody approves what they
            proposed.
        Conflict: decided already, or too old.
    """
    return await _decide(connection, runtime, caller, identifier, "approved")


async def reject(
    connection: Connection, runtime: Runtime, caller: Caller, identifier: int
) -> Approval:
    """Reject a proposal of somebody else. Raises as `approve` does."""
    return await _decide(connection, runtime, caller, identifier, "rejected")


async def spend_approval(
    connection: Connection, runtime: Runtime, identifier: int, proposal: Proposal
) -> None:
    """Use an approved proposal, in the commit of what it allows; a second use is refused.

    Raises:
        Conflict: code `not_approved`: not approved, for something else, too old, or used.
    """
    content = (proposal.operation, proposal.subject, _hash(proposal.body))
    cell, at = runtime.cell(identifier), runtime.clock.now()
    if not await store.spend_approval(connection, cell, identifier, content, at):
        raise Conflict("this needs a second person's approval", code="not_approved")


async def _decide(
    connection: Connection, runtime: Runtime, caller: Caller, identifier: int, state: str
) -> Approval:
    _check_role(caller, CHECKERS)
    cell, at = runtime.cell(identifier), runtime.clock.now()
    verdict = (state, caller.subject)
    decided = await store.decide_approval(connection, cell, identifier, verdict, at)
    if decided is not None:
        return decided
    found = await store.find_approval(connection, cell, identifier)
    if found is None:
        raise NotFound("there is no such proposal")
    if found.state == "proposed" and found.maker == caller.subject:
        raise NotAllowed("nobody decides on their own proposal", code="own_work")
    raise Conflict("this proposal is decided or too old", code="already_decided")


def _check_role(caller: Caller, roles: frozenset[Role]) -> None:
    if caller.role not in roles:
        raise NotAllowed("your role may not do this")


def _hash(body: bytes) -> bytes:
    return hashlib.sha256(body).digest()
