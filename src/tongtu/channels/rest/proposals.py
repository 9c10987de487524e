"""What waits for a second person's word, whatever it is about, and a refusal with its reason."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import msgspec
from litestar import get, post
from litestar.params import FromPath, JSONBody

from tongtu.channels.rest.auth import allow, allow_write
from tongtu.channels.rest.body import StrictBody
from tongtu.channels.rest.command import stored
from tongtu.channels.rest.given import GivenCaller, GivenCommand, GivenParts
from tongtu.channels.rest.ids import AFTER, LIMIT, After, Limit, read_after, read_id
from tongtu.channels.rest.parts import Parts
from tongtu.identity.api import (
    REASON_MAX,
    REASON_MIN,
    Approval,
    Caller,
    CommandKey,
    Role,
    list_waiting,
    once,
)
from tongtu.journey.api import refuse_deed
from tongtu.runtime.api import Connection

# One line of words: no control character reaches the database.
Why = Annotated[str, msgspec.Meta(min_length=3, max_length=200, pattern=r"^[^\x00-\x1f]+$")]
T = TypeVar("T", bound=msgspec.Struct)
Act = Callable[[Connection], Awaitable[T]]


class ReasonGiven(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Why."""

    why: Why


class Proposed(msgspec.Struct, frozen=True):
    """What a second person has to allow within three days."""

    approval: str


class ProposalItem(msgspec.Struct, frozen=True):
    """A proposal that nobody has decided; `is_own` proposals are for somebody else."""

    approval: str
    operation: str
    is_own: bool
    proposed_at: dt.datetime
    expires_at: dt.datetime


class ProposalsShown(msgspec.Struct, frozen=True):
    """A page of proposals, oldest first."""

    items: list[ProposalItem]
    next: str | None


class RefusalAsked(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Why it is not to be."""

    reason: Annotated[
        str,
        msgspec.Meta(min_length=REASON_MIN, max_length=REASON_MAX, pattern=r"^[^\x00-\x1f]+$"),
    ]


class ProposalRefused(msgspec.Struct, frozen=True):
    """A proposal that will never happen, and why."""

    approval: str
    operation: str
    state: str
    reason: str


async def act_once(
    parts: Parts, by: tuple[Caller, CommandKey], operation: str, model: type[T], act: Act[T]
) -> T:
    """Do what `act` does in one commit with its key; the same key again gives the same answer."""
    caller, command = by

    async def effect(connection: Connection) -> bytes:
        return msgspec.json.encode(await act(connection))

    return stored(await once(parts.runtime, caller, operation, command, effect), model)


async def propose_once(
    parts: Parts,
    by: tuple[Caller, CommandKey],
    operation: str,
    propose: Callable[[Connection], Awaitable[Approval]],
) -> Proposed:
    """Write a proposal once; a second person allows it, or refuses it with a reason."""

    async def act(connection: Connection) -> Proposed:
        return Proposed(parts.runtime.public.show("approval", (await propose(connection)).id))

    return await act_once(parts, by, operation, Proposed, act)


@get("/v1/operations/proposals", opt=allow(Role.OPERATOR, Role.ANALYST, Role.CLERK))
async def list_proposals(
    parts: GivenParts, caller: GivenCaller, limit: Limit = LIMIT, after: After = AFTER
) -> ProposalsShown:
    """Return what waits for a second person, oldest first."""
    runtime, start = parts.runtime, read_after(parts, "approval", after)
    async with runtime.database.reading() as connection:
        found = await list_waiting(connection, runtime, (start, limit + 1))
    items = [
        ProposalItem(
            approval=runtime.public.show("approval", one.id),
            operation=one.operation,
            is_own=one.maker == caller.subject,
            proposed_at=one.proposed_at,
            expires_at=one.expires_at,
        )
        for one in found[:limit]
    ]
    return ProposalsShown(items, items[-1].approval if len(found) > limit else None)


@post(
    "/v1/operations/proposals/{approval:str}/refusal",
    status_code=200,
    opt=allow_write(Role.OPERATOR, Role.ANALYST),
    dto=StrictBody[RefusalAsked],
    return_dto=None,
)
async def refuse_proposal(
    approval: FromPath[str],
    data: JSONBody[RefusalAsked],
    parts: GivenParts,
    caller: GivenCaller,
    command: GivenCommand,
) -> ProposalRefused:
    """Refuse what somebody else proposed; nothing of it happens."""
    identifier = read_id(parts, "approval", approval)
    answer = await refuse_deed(parts.runtime, caller, identifier, data.reason, command)
    return stored(answer, ProposalRefused)


ROUTES = (list_proposals, refuse_proposal)
