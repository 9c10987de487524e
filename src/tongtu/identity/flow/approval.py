"""Four eyes: one person proposes, another approves, and the approval is used once."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from tongtu.identity.model import APPROVAL_LIFE, CHECKERS, MAKERS, Approval, Caller, Role
from tongtu.identity.store import approval as store
from tongtu.identity.store.approval import Waiting
from tongtu.kernel.errors import BadInput, Conflict, NotAllowed, NotFound
from tongtu.kernel.ids import id_shard
from tongtu.runtime.api import Connection, Runtime

# The database holds the same bounds.
REASON_MIN, REASON_MAX = 3, 500


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
    return await _decide(connection, runtime, caller, identifier, ("approved", None))


async def allow(
    connection: Connection, runtime: Runtime, caller: Caller, identifier: int, operation: str
) -> Approval:
    """Approve somebody else's proposal of this kind and use it up, in the commit of what it does.

    What is done is what the approval says, byte for byte.

    Raises as `approve` does, and
        NotFound: a proposal of another kind.
    """
    allowed = await approve(connection, runtime, caller, identifier)
    if allowed.operation != operation:
        raise NotFound("there is no such proposal")
    same = Proposal(operation, allowed.subject, allowed.body)
    await spend_approval(connection, runtime, identifier, same)
    return allowed


async def reject(
    connection: Connection, runtime: Runtime, caller: Caller, identifier: int, reason: str
) -> Approval:
    """Reject a proposal of somebody else, and keep why; what was proposed never happens.

    Raises as `approve` does, and
        BadInput: no reason, or one beyond its bound.
    """
    if not REASON_MIN <= len(reason.strip()) <= len(reason) <= REASON_MAX:
        raise BadInput(
            f"a reason of {REASON_MIN} to {REASON_MAX} characters is wanted",
            fields={"reason": "length"},
        )
    return await _decide(connection, runtime, caller, identifier, ("rejected", reason))


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


async def list_waiting(
    connection: Connection, runtime: Runtime, page: tuple[int, int]
) -> list[Waiting]:
    """Return proposals that nobody has decided and that are not too old, by id; after, limit."""
    return await store.list_waiting(connection, runtime.clock.now(), page)


async def look_at_proposal(connection: Connection, runtime: Runtime, identifier: int) -> Approval:
    """Return what was proposed, for whoever is to decide it. Raises NotFound."""
    found = await store.find_approval(connection, runtime.cell(identifier), identifier)
    if found is None:
        raise NotFound("there is no such proposal")
    return found


async def _decide(
    connection: Connection,
    runtime: Runtime,
    caller: Caller,
    identifier: int,
    said: tuple[str, str | None],
) -> Approval:
    _check_role(caller, CHECKERS)
    cell, at = runtime.cell(identifier), runtime.clock.now()
    verdict = (*said, caller.subject)
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
