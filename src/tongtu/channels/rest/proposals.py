"""What waits for a second person's word, whatever it is about, and a refusal with its reason."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import msgspec
from litestar import get, post
from litestar.params import FromPath, JSONBody

from tongtu.channels.rest.auth import allow, allow_write
from tongtu.channels.rest.body import StrictBody
from tongtu.channels.rest.command import stored
from tongtu.channels.rest.given import GivenCaller, GivenCommand, GivenParts
from tongtu.channels.rest.ids import AFTER, LIMIT, After, Limit, read_after, read_id
from tongtu.identity.api import REASON_MAX, REASON_MIN, Role, list_waiting
from tongtu.journey.api import refuse_deed


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
