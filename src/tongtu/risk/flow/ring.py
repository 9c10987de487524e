"""Rings as a person sees them, and a person's word on one: hold what it shares, or let it pass.

Both are entries of the lists and so take two persons: watched keys send each later application of
the ring to a person, allowed ones keep a family's telephone from doing so. Nobody is refused by it.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from tongtu.identity.api import Approval, Caller, Proposal, allow, propose
from tongtu.kernel.errors import BadInput, NotFound
from tongtu.risk.flow.listing import DAYS_MAX, WHY_MAX, WHY_MIN
from tongtu.risk.model import ListEntry
from tongtu.risk.rules.ring import Ring, Seen, rings_of
from tongtu.risk.rules.signal import MONTH_S
from tongtu.risk.store import listing
from tongtu.risk.store import signal as store
from tongtu.runtime.api import Connection, Runtime

RING_WORD = "risk.ring_word"
# The newest applications of a cell that are looked through; 30 days of most platforms.
APPLICATIONS_MAX = 100_000
RINGS_MAX = 100
Said = Literal["hold", "release"]
_LIST = {"hold": "watch", "release": "allow"}
_OTHER = {"watch": "allow", "allow": "watch"}


@dataclass(frozen=True, slots=True)
class RingWord:
    """What somebody says of a ring, for how many days, and why."""

    said: Said
    days: int
    why: str


async def find_rings(runtime: Runtime) -> list[Ring]:
    """Return the largest rings of the last 30 days."""
    since = runtime.clock.now() - timedelta(seconds=MONTH_S)
    rows: list[Seen] = []
    async with runtime.database.reading() as connection:
        for cell in range(runtime.settings.cells):
            found = await store.newest(connection, cell, since, APPLICATIONS_MAX)
            rows += [Seen(one.application, one.party, one.at_s, one.keys) for one in found]
    # A hundred thousand rows take a moment, in which others want to be answered.
    return (await asyncio.to_thread(rings_of, rows))[:RINGS_MAX]


async def propose_ring_word(
    connection: Connection, runtime: Runtime, caller: Caller, ring: Ring, word: RingWord
) -> Approval:
    """Propose to hold or to release what a ring shares, as it is now.

    Raises:
        BadInput: a time or reason that is none.
        NotAllowed: the caller may propose nothing.
    """
    if not 1 <= word.days <= DAYS_MAX:
        raise BadInput(f"an entry ends after 1 to {DAYS_MAX} days")
    if not WHY_MIN <= len(word.why) <= WHY_MAX:
        raise BadInput(f"a reason of {WHY_MIN} to {WHY_MAX} characters is wanted")
    told = {
        "said": word.said,
        "days": word.days,
        "why": word.why,
        "persons": len(ring.members),
        "keys": [[tie.kind, tie.key] for tie in ring.ties],
    }
    body = json.dumps(told, sort_keys=True).encode()
    return await propose(connection, runtime, caller, Proposal(RING_WORD, ring.key, body))


async def allow_ring_word(
    connection: Connection, runtime: Runtime, caller: Caller, approval: int
) -> list[ListEntry]:
    """Do what somebody else proposed: the keys stand on one list and on the other no more.

    Raises:
        NotFound, NotAllowed, Conflict: as `allow`.
    """
    told = json.loads((await allow(connection, runtime, caller, approval, RING_WORD)).body)
    at, name = runtime.clock.now(), _LIST[told["said"]]
    keys = {(kind, key) for kind, key in told["keys"]}
    for entry in await listing.live(connection, at):
        if (entry.kind, entry.key) in keys and entry.list in (name, _OTHER[name]):
            await listing.remove(connection, entry.id, approval, at)
    made = []
    for kind, key in sorted(keys):
        entry = ListEntry(
            id=runtime.ids.new(0),
            list=name,
            kind=kind,
            key=key,
            sealed=None,
            why=told["why"],
            approval=approval,
            added_at=at,
            expires_at=at + timedelta(days=told["days"]),
        )
        await listing.insert(connection, entry)
        made.append(entry)
    return made


def ring_named(rings: Sequence[Ring], key: int) -> Ring:
    """Return the ring that shares this key. Raises NotFound."""
    for ring in rings:
        if any(tie.key == key for tie in ring.ties):
            return ring
    raise NotFound("there is no such ring any more")
