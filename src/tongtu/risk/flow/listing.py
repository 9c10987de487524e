"""Lists change by two persons; a name is screened against the listed ones, every hit recorded.

A near name never refuses anybody: it waits for a person, who clears it with a reason.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import timedelta

from tongtu.identity.api import (
    STAFF,
    Approval,
    Caller,
    Proposal,
    Role,
    VaultKind,
    allow,
    approve,
    parse_name,
    propose,
    spend_approval,
)
from tongtu.kernel.errors import BadInput, NotAllowed, NotFound
from tongtu.risk.model import ListEntry
from tongtu.risk.rules.name import score
from tongtu.risk.rules.signal import KINDS
from tongtu.risk.store import listing, screening
from tongtu.runtime.api import Connection, Runtime, SealedColumn

ADD, REMOVE = "risk.list_add", "risk.list_remove"
LISTS = ("deny", "watch", "allow")
NAME = "name"
DAYS_MAX = 3_650
VALUE_MAX = 200
WHY_MIN, WHY_MAX = 3, 200
# Below this two names are not near; the fraud rules say from where on a person looks.
SCORE_MIN = 80


@dataclass(frozen=True, slots=True)
class Listing:
    """What is to be listed: of a kind of key or a name, for so many days, and why."""

    list: str
    kind: str
    value: str
    days: int
    why: str


async def propose_entry(
    connection: Connection, runtime: Runtime, caller: Caller, wanted: Listing
) -> Approval:
    """Propose an entry. The proposal holds a keyed hash, or the name sealed, and no plain value.

    Raises:
        BadInput: a list, kind, value, time or reason that is none.
        NotAllowed: the caller may propose nothing.
    """
    _check(wanted)
    return await propose(connection, runtime, caller, _proposal(runtime, wanted))


async def add_entry(
    connection: Connection, runtime: Runtime, approval: int, wanted: Listing
) -> ListEntry:
    """Write an entry that a second person allowed; `approval` is used up by it.

    Raises:
        BadInput: as `propose_entry`.
        Conflict: code `not_approved`: for another entry, not allowed, or used already.
    """
    _check(wanted)
    await spend_approval(connection, runtime, approval, _proposal(runtime, wanted))
    at, number = runtime.clock.now(), runtime.ids.new(0)
    is_name = wanted.kind == NAME
    entry = ListEntry(
        id=number,
        list=wanted.list,
        kind=wanted.kind,
        key=0 if is_name else key_of(runtime, wanted.kind, wanted.value),
        sealed=runtime.keys.seal(wanted.value.encode(), _bound_to(number)) if is_name else None,
        why=wanted.why,
        approval=approval,
        added_at=at,
        expires_at=at + timedelta(days=wanted.days),
    )
    await listing.insert(connection, entry)
    return entry


async def propose_removal(
    connection: Connection, runtime: Runtime, caller: Caller, number: int
) -> Approval:
    """Propose to end an entry before its time. Raises NotFound, NotAllowed."""
    await listing.find(connection, number)
    return await propose(connection, runtime, caller, Proposal(REMOVE, number, b""))


async def remove_entry(
    connection: Connection, runtime: Runtime, approval: int, number: int
) -> None:
    """End an entry as a second person allowed. Raises NotFound, Conflict (`not_approved`)."""
    await spend_approval(connection, runtime, approval, Proposal(REMOVE, number, b""))
    await listing.remove(connection, number, approval, runtime.clock.now())


async def approve_entry(
    connection: Connection, runtime: Runtime, caller: Caller, approval: int, wanted: Listing
) -> ListEntry:
    """Allow an entry another person proposed, saying it again: no plain value was kept.

    Raises:
        NotFound, NotAllowed, Conflict: as `approve`; `not_approved`: it says another entry.
        BadInput: as `propose_entry`.
    """
    if (await approve(connection, runtime, caller, approval)).operation != ADD:
        raise NotFound("there is no such proposal")
    return await add_entry(connection, runtime, approval, wanted)


async def approve_removal(
    connection: Connection, runtime: Runtime, caller: Caller, approval: int
) -> int:
    """Allow the end of an entry that another person proposed; return its number.

    Raises NotFound, NotAllowed, Conflict as `approve`.
    """
    number = (await allow(connection, runtime, caller, approval, REMOVE)).subject
    await listing.remove(connection, number, approval, runtime.clock.now())
    return number


async def screen_name(connection: Connection, runtime: Runtime, party: int, name: str) -> int:
    """Hold a person's name against the listed ones, record each hit; return the nearest score.

    What a person cleared stays cleared for that entry. Safe to repeat.
    """
    at, cell, checked = runtime.clock.now(), runtime.cell(party), parse_name(name)
    for entry in await listing.live(connection, at):
        if entry.sealed is None:
            continue
        listed = runtime.keys.open(entry.sealed, _bound_to(entry.id)).decode()
        found = score(checked, listed)
        if found >= SCORE_MIN:
            await screening.record(connection, (cell, party, entry.id), found, at)
    return await screening.stand(connection, cell, party, at)


async def clear_name(
    connection: Connection, runtime: Runtime, caller: Caller, hit: tuple[int, int], why: str
) -> int:
    """Note that a person looked at a hit (party, entry) and it is somebody else.

    Returns the score that is left open.

    Raises:
        NotAllowed: the caller is no clerk, analyst or operator.
        BadInput: no reason is given.
        NotFound: there is no such open hit.
    """
    if caller.role not in STAFF - {Role.LENDER, Role.REGULATOR}:
        raise NotAllowed("your role may not do this")
    if not WHY_MIN <= len(why) <= WHY_MAX:
        raise BadInput(f"a reason of {WHY_MIN} to {WHY_MAX} characters is wanted")
    party, entry = hit
    at, cell = runtime.clock.now(), runtime.cell(party)
    await screening.clear(connection, (cell, party, entry), (caller.subject, why), at)
    return await screening.stand(connection, cell, party, at)


def key_of(runtime: Runtime, kind: str, value: str) -> int:
    """Return the keyed hash that signals and links use for a value of this kind."""
    if kind in {one.value for one in VaultKind}:
        return int.from_bytes(runtime.keys.blind(kind, value)[:8], "big") >> 1
    return runtime.keys.hash64(kind, value)


def _proposal(runtime: Runtime, wanted: Listing) -> Proposal:
    # A blind index stands for the value: approvals are kept, and no personal data is.
    told = asdict(wanted) | {"value": runtime.keys.blind("list", wanted.value).hex()}
    return Proposal(ADD, 0, json.dumps(told, sort_keys=True).encode())


def _check(wanted: Listing) -> None:
    if wanted.list not in LISTS or wanted.kind not in (*KINDS, NAME):
        raise BadInput("no such list or kind of entry")
    if wanted.kind == NAME and wanted.list == "allow":
        raise BadInput("a name is never allowed beforehand: whoever bears it is looked at")
    if not 1 <= wanted.days <= DAYS_MAX:
        raise BadInput(f"an entry ends after 1 to {DAYS_MAX} days")
    if not 1 <= len(wanted.value) <= VALUE_MAX:
        raise BadInput(f"a value has 1 to {VALUE_MAX} characters")
    if not WHY_MIN <= len(wanted.why) <= WHY_MAX:
        raise BadInput(f"a reason of {WHY_MIN} to {WHY_MAX} characters is wanted")


def _bound_to(number: int) -> bytes:
    return f"risk.list_entry:{number}".encode()


SEALED = (SealedColumn("risk.list_entry", ("id",), "sealed", lambda row: _bound_to(row["id"])),)
