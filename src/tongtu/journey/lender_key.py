"""A lender's signing key is registered by two persons: one proposes it, another allows it."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from tongtu.funding.api import (
    OVERLAP_HOURS_MAX,
    Book,
    check_public,
    kept_key,
    register_key,
    renew_paper_key,
)
from tongtu.identity.api import Approval, Caller, CommandKey, Proposal
from tongtu.journey.two_persons import Deed, do_deed, propose_deed
from tongtu.kernel.errors import BadInput, NotFound
from tongtu.runtime.api import Connection, Runtime

DEED = Deed("lender_key", "propose_lender_key", "register_lender_key")


@dataclass(frozen=True, slots=True)
class NewKey:
    """A lender's next key, and for how many hours the one before it still holds."""

    lender: str
    public: bytes | None  # None: the key that is kept here for a lender in process
    overlap_hours: int
    is_for_papers: bool = False  # the next key by which a house in process signs papers


async def propose_lender_key(
    runtime: Runtime, book: Book, asked: tuple[Caller, CommandKey], new: NewKey
) -> bytes:
    """Propose a key; return {"approval", "lender", "key"} as JSON.

    Raises:
        NotFound: no such lender.
        BadInput: not a key, or an overlap beyond its bound.
        NotAllowed: another role than one that may propose.
    """
    caller, key = asked

    async def prepare(_: Connection) -> tuple[Proposal, dict[str, str]]:
        if new.is_for_papers:
            return await _papers(book, new)
        lender = book.find_lender(new.lender)
        if lender is None:
            raise NotFound("there is no such lender")
        if not 0 <= new.overlap_hours <= OVERLAP_HOURS_MAX:
            raise BadInput("an overlap is 0 to 72 hours", fields={"overlap_hours": "out of range"})
        public = new.public
        if public is None:
            if book.remote(lender.number) is not None:
                raise BadInput("a remote lender names its own key", fields={"public": "missing"})
            public = kept_key(runtime.keys, lender.id).public_key().public_bytes_raw()
        name = check_public(public)
        body = {"public": public.hex(), "overlap_hours": new.overlap_hours}
        proposal = Proposal(
            DEED.operation, lender.number, msgspec.json.encode(body, order="sorted")
        )
        return proposal, {"lender": lender.id, "key": name}

    return await propose_deed(runtime, caller, key, DEED, prepare)


async def _papers(book: Book, new: NewKey) -> tuple[Proposal, dict[str, str]]:
    """A paper key is made here, for who signs here: nothing of it is named but the house."""
    houses = {one.id: int(one.number) for one in book.lenders}
    houses |= {one.id: int(one.number) for one in book.guarantors}
    if new.lender not in houses:
        raise NotFound("there is no such house that signs papers here")
    if new.public is not None:
        raise BadInput("a paper key is made here", fields={"public": "not named"})
    body = msgspec.json.encode({"papers": new.lender})
    told = {"lender": new.lender, "key": "papers"}
    return Proposal(DEED.operation, houses[new.lender], body), told


async def register_lender_key(
    runtime: Runtime, book: Book, caller: Caller, command: tuple[int, CommandKey]
) -> bytes:
    """Allow a key that another person proposed; return {"lender", "key"} as JSON.

    Raises:
        NotFound, NotAllowed, Conflict: as any second word; the lender had this key before.
    """

    async def effect(connection: Connection, allowed: Approval) -> dict[str, str]:
        told = msgspec.json.decode(allowed.body)
        if "papers" in told:
            house, at = told["papers"], runtime.clock.now()
            generation = await renew_paper_key(connection, house, allowed.id, at)
            return {"lender": house, "key": f"papers-{generation}"}
        new = allowed.subject, bytes.fromhex(told["public"])
        at = runtime.clock.now()
        made = await register_key(connection, new, allowed.id, at, told["overlap_hours"])
        lender = next(one for one in book.everybody() if one.number == allowed.subject)
        return {"lender": lender.id, "key": made.key}

    return await do_deed(runtime, caller, command, DEED, effect)
