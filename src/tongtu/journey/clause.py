"""The highlighted clauses between the cost table and the signature: shown, acknowledged, asked for.

Law asks for some of them by name (SIGN-02); nothing is signed before each that is shown was
acknowledged by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import msgspec

from tongtu.contracts.api import (
    Acknowledged,
    Clause,
    Deal,
    acknowledge,
    clauses_of,
    find_acknowledged,
    find_disclosure,
    missing,
)
from tongtu.identity.api import Caller, CommandKey, once
from tongtu.journey.needs import UnderLaw
from tongtu.kernel.errors import Broken, Conflict
from tongtu.policy.api import Pack
from tongtu.runtime.api import Connection

REQUIRED = "clause_highlighted"  # the pack's own list


@dataclass(frozen=True, slots=True)
class ClauseSeen:
    """A clause as it is shown, and when it was acknowledged in these words."""

    clause: Clause
    acknowledged_at: datetime | None


async def seen_clauses(needs: UnderLaw, caller: Caller, offer: int) -> list[ClauseSeen]:
    """Return the clauses of an offer whose cost table the caller was shown. Raises NotFound."""
    runtime = needs.runtime
    async with runtime.database.reading() as connection:
        _, deal = await find_disclosure(connection, runtime, offer, caller.subject)
        known = await find_acknowledged(connection, runtime, offer, caller.subject)
    at = {one.clause.sha256: one.at for one in known}
    return [ClauseSeen(one, at.get(one.sha256)) for one in clauses_of(deal)]


async def acknowledge_clauses(
    needs: UnderLaw, caller: Caller, offer: int, wanted: Mapping[str, bytes], key: CommandKey
) -> bytes:
    """Record that clauses (id: hash of the words) are acknowledged.

    Raises:
        Conflict: the cost table is not confirmed, or the words are others now (`clause_changed`).
    """
    runtime = needs.runtime

    async def effect(connection: Connection) -> bytes:
        known = await acknowledge(connection, runtime, offer, caller.subject, wanted)
        return msgspec.json.encode(
            {
                "acknowledged": [
                    {"clause": one.clause.id, "version": one.clause.version,
                     "sha256": one.clause.sha256.hex(), "acknowledged_at": one.at}
                    for one in known
                ]
            }
        )  # fmt: skip

    return await once(runtime, caller, "acknowledge_clauses", key, effect)


def check_acknowledged(
    law: Pack, deal: Deal, known: Sequence[Acknowledged], today: date
) -> tuple[str, ...]:
    """Return the ids of the acknowledged clauses, when they are all there are.

    Raises:
        Conflict: `clause_not_acknowledged`; it names the first that lacks.
        Broken: the law asks for a clause that has no words here.
    """
    clauses = clauses_of(deal)
    names = tuple(one.id for one in clauses)
    if unknown := sorted(law.members(REQUIRED, today) - set(names)):
        raise Broken(f"{law.id} asks for the clause {unknown[0]}, which has no words")
    if lacking := missing(clauses, known):
        raise Conflict(
            f"please acknowledge the clause {lacking[0]}",
            code="clause_not_acknowledged",
            fields={"clause": lacking[0]},
        )
    return names
