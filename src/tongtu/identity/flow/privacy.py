"""Requests about one's data: one open of a kind, with the day by which the law wants an answer."""

from __future__ import annotations

from datetime import date

from tongtu.identity.model import Caller, Role
from tongtu.identity.store import privacy as store
from tongtu.identity.store.privacy import PrivacyItem, PrivacyRequest, Wish
from tongtu.kernel.errors import NotFound
from tongtu.kernel.ids import id_shard
from tongtu.runtime.api import Connection, Runtime


async def open_request(
    connection: Connection,
    runtime: Runtime,
    caller: Caller,
    of: tuple[int, Wish],
    by: tuple[date, str],
) -> PrivacyRequest:
    """Return the party's open request of a kind, opened where there is none.

    `of`: party and kind; `by`: the last day for the answer, and the hash of the law that says so.
    """
    (party, kind), (answer_by, pack_hash) = of, by
    cell = runtime.cell(party)
    is_nobodys = caller.subject == 0
    wanted = PrivacyRequest(
        id=runtime.ids.new(id_shard(party)),
        party=party,
        kind=kind,
        state="asked" if kind is Wish.CORRECT else "running",
        asked_at=runtime.clock.now(),
        answer_by=answer_by,
        asked_by_role=caller.role.value,
        asked_by=caller.subject,
        decided_by=None,
        reason=None,
        ended_at=None,
        pack_hash=pack_hash,
        is_term=is_nobodys,
    )
    if await store.open_request(connection, cell, wanted):
        return wanted
    found = await store.find_open(connection, cell, party, kind)
    if found is None:  # it was ended between the two statements
        raise NotFound("there is no such request")
    return found


async def find_request(
    connection: Connection, runtime: Runtime, caller: Caller, identifier: int
) -> PrivacyRequest:
    """Return a request to the person it is about, or to staff. Raises NotFound."""
    found = await store.find_request(connection, runtime.cell(identifier), identifier)
    is_own = found is not None and caller.subject == found.party
    if found is None or (caller.role is Role.BORROWER and not is_own):
        raise NotFound("there is no such request")
    return found


async def requests_of(connection: Connection, runtime: Runtime, party: int) -> list[PrivacyRequest]:
    """Return a party's requests, newest first."""
    return await store.of_party(connection, runtime.cell(party), party)


async def write_item(
    connection: Connection, runtime: Runtime, request: PrivacyRequest, item: PrivacyItem
) -> None:
    """Note what became of one kind of record."""
    cell = runtime.cell(request.party)
    await store.write_item(connection, cell, request.id, item, runtime.clock.now())


async def items_of(
    connection: Connection, runtime: Runtime, request: PrivacyRequest
) -> list[PrivacyItem]:
    """Return what a request came to, kind by kind."""
    return await store.items_of(connection, runtime.cell(request.party), request.id)


async def end_request(
    connection: Connection,
    runtime: Runtime,
    request: PrivacyRequest,
    end: tuple[str, int | None, str | None],
) -> bool:
    """End an open request as (state, who decided, reason); False where it was ended before."""
    cell = runtime.cell(request.party)
    return await store.end_request(connection, cell, request.id, end, runtime.clock.now())
