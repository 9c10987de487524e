"""One member of staff acts for another until a day: given, allowed by a third, used, ended.

The taker keeps their own name: what they propose, decide or look at stands under it, so nobody
allows their own work by acting for somebody. A delegation is not given on.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from tongtu.access.flow.session import note_event, open_session
from tongtu.access.model import Method, SignedCaller
from tongtu.access.store import delegation as store
from tongtu.access.store.delegation import Delegation
from tongtu.identity.api import (
    Approval,
    Caller,
    Proposal,
    Role,
    Staff,
    Token,
    allow,
    end_tokens,
    find_approval,
    find_staff,
    find_staff_by_login,
    hash_token,
    login_of,
    propose,
    write_token,
)
from tongtu.kernel.errors import BadInput, Conflict, NotAllowed, NotFound
from tongtu.runtime.api import Connection, Runtime

OPERATION = "access.delegation"
# Leave, illness, a training: who is away longer is moved.
DAYS_MAX = 30
SESSION_LIFE = timedelta(hours=12)
# Who works in the house; partners and the regulator name their own people.
_HOUSE = frozenset({Role.CLERK, Role.ANALYST, Role.OPERATOR})


@dataclass(frozen=True, slots=True)
class Wish:
    """Who is to act for the caller, and until when."""

    taker: str  # a login
    ends_at: datetime


async def propose_delegation(
    connection: Connection, runtime: Runtime, caller: Caller, wish: Wish
) -> Approval:
    """Propose that a colleague acts for the caller; a third person allows it.

    Raises:
        BadInput: an end that lies in the past or beyond 30 days; a taker who has the role anyway.
        NotFound: there is no such colleague in the house.
        NotAllowed: code `acting_for`: what was taken is not given on; another role.
    """
    at = runtime.clock.now()
    giver = await _own_post(connection, caller)
    taker = await find_staff_by_login(connection, wish.taker)
    if taker is None or taker.id == giver.id or taker.role not in _HOUSE:
        raise NotFound("there is no such colleague")
    if (taker.role, taker.organisation) == (giver.role, giver.organisation):
        raise BadInput("they do the same work already", fields={"taker": "same post"})
    if not at < wish.ends_at <= at + timedelta(days=DAYS_MAX):
        raise BadInput(
            f"a delegation ends within {DAYS_MAX} days", fields={"ends_at": "out of range"}
        )
    told = {"giver": giver.id, "taker": taker.id, "ends_at": wish.ends_at.isoformat()}
    body = json.dumps(told, sort_keys=True, separators=(",", ":")).encode()
    return await propose(connection, runtime, caller, Proposal(OPERATION, taker.id, body))


async def allow_delegation(
    connection: Connection, runtime: Runtime, caller: Caller, approval: int
) -> Delegation:
    """Allow a delegation, as neither its giver nor its taker; it begins now.

    Raises:
        NotFound, NotAllowed, Conflict: as `allow`; `own_work`: the taker; `ended`: its time is
            over or somebody has left.
    """
    allowed = await allow(connection, runtime, caller, approval, OPERATION)
    told = json.loads(allowed.body)
    at, ends_at = runtime.clock.now(), datetime.fromisoformat(told["ends_at"])
    if caller.subject == told["taker"]:
        raise NotAllowed("nobody decides on what is for themselves", code="own_work")
    giver = await find_staff(connection, told["giver"])
    taker = await find_staff(connection, told["taker"])
    if giver is None or taker is None or ends_at <= at:
        raise Conflict("this delegation is over before it begins", code="ended")
    new = Delegation(
        id=runtime.ids.new(0),
        giver=giver.id,
        taker=taker.id,
        role=giver.role,
        organisation=giver.organisation,
        allowed_by=caller.subject,
        begins_at=at,
        ends_at=ends_at,
    )
    await store.write_delegation(connection, new)
    await _note(connection, runtime, (giver, taker), ("delegation_given", "delegation_taken"))
    return new


async def act_for(
    runtime: Runtime, caller: Caller, identifier: int, device: str
) -> tuple[Token, Delegation]:
    """Return a token in the giver's role under the caller's own name, no longer than agreed.

    Raises:
        NotFound: nobody gave the caller this.
        Conflict: code `ended`: it is over, or its giver has left or has another role by now.
    """
    async with runtime.database.transaction() as connection:
        at = runtime.clock.now()
        found = await store.find_delegation(connection, identifier)
        if found is None or found.taker != caller.subject:
            raise NotFound("there is no such delegation")
        giver = await find_staff(connection, found.giver)
        taker = await find_staff(connection, found.taker)
        is_same = giver is not None and (giver.role, giver.organisation) == (
            found.role,
            found.organisation,
        )
        if giver is None or taker is None or not is_same or not found.is_live(at):
            raise Conflict("this delegation is over", code="ended")
        acting = Caller(found.role, taker.id, found.organisation, 0)
        life = min(SESSION_LIFE, found.ends_at - at)
        token = await write_token(connection, runtime, acting, life)
        await open_session(connection, runtime, token, Method.DELEGATION, device)
        await store.name_session(connection, hash_token(token.text), found.id)
        await _note(connection, runtime, (giver, taker), ("acted_by", "acted_for"))
        return token, found


async def end_delegation(
    connection: Connection, runtime: Runtime, caller: Caller, identifier: int
) -> list[bytes]:
    """End a delegation one gave or took, with the sessions it was used in; return their hashes.

    Raises NotFound: neither, or it had ended.
    """
    found = await store.find_delegation(connection, identifier)
    if found is None or caller.subject not in (found.giver, found.taker):
        raise NotFound("there is no such delegation")
    return await _end(connection, runtime, found)


async def end_delegations_of(connection: Connection, runtime: Runtime, staff: int) -> list[bytes]:
    """End all that somebody gave or took, who moves or leaves; return hashes of sessions."""
    ended: list[bytes] = []
    for found in await store.live_of(connection, staff, runtime.clock.now()):
        ended += await _end(connection, runtime, found)
    return ended


async def list_delegations(runtime: Runtime, caller: Caller) -> list[tuple[Delegation, str, str]]:
    """Return what the caller gave or took, with both logins, newest first."""
    async with runtime.database.reading() as connection:
        found = await store.list_delegations(connection, caller.subject)
        return [
            (one, await login_of(connection, one.giver), await login_of(connection, one.taker))
            for one in found
        ]


async def check_second_person(runtime: Runtime, who: SignedCaller, approval: int) -> None:
    """Refuse that somebody who acts for another allows what that other proposed.

    Raises NotAllowed: code `own_work`.
    """
    async with runtime.database.reading() as connection:
        giver = await store.giver_of_session(connection, who.token_hash)
        if giver is None:
            return
        found = await find_approval(connection, runtime.cell(approval), approval)
    if found is not None and found.maker == giver:
        raise NotAllowed("they proposed it for whom you act", code="own_work")


async def _own_post(connection: Connection, caller: Caller) -> Staff:
    """Return who the caller is by themselves. Raises NotAllowed: `acting_for`."""
    own = await find_staff(connection, caller.subject)
    if own is None or (own.role, own.organisation) != (caller.role, caller.organisation):
        raise NotAllowed("what was taken over is not given on", code="acting_for")
    return own


async def _end(connection: Connection, runtime: Runtime, found: Delegation) -> list[bytes]:
    if not await store.end_delegation(connection, found.id, runtime.clock.now()):
        raise NotFound("there is no such delegation")
    acting = Caller(found.role, found.taker, found.organisation, 0)
    hashes = await store.sessions_of(connection, found.id)
    ended = await end_tokens(connection, runtime, acting, hashes)
    giver, taker = await _names(connection, found)
    await _note(connection, runtime, (giver, taker), ("delegation_ended", "delegation_ended"))
    return ended


async def _names(connection: Connection, found: Delegation) -> tuple[Staff, Staff]:
    """Return both sides as they were then; who has left is still named by login."""
    post = found.role, found.organisation
    giver = Staff(found.giver, await login_of(connection, found.giver), *post)
    return giver, Staff(found.taker, await login_of(connection, found.taker), *post)


async def _note(
    connection: Connection, runtime: Runtime, sides: tuple[Staff, Staff], kinds: tuple[str, str]
) -> None:
    """Keep on either side what happened and the other's name."""
    giver, taker = sides
    for own, other, kind in ((giver, taker, kinds[0]), (taker, giver, kinds[1])):
        caller = Caller(own.role, own.id, own.organisation, 0)
        await note_event(connection, runtime, caller, kind, other.login)
