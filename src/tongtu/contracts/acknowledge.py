"""Acknowledge the highlighted clauses of an offer; they go to the log with the signature."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tongtu.contracts import store
from tongtu.contracts.clauses import Acknowledged, Clause, clauses_json, clauses_of
from tongtu.contracts.flow import find_disclosure, write_leaf
from tongtu.contracts.model import AgreementStatus, Disclosure
from tongtu.kernel.errors import BadInput, Conflict
from tongtu.runtime.api import Connection, Runtime


async def acknowledge(
    connection: Connection, runtime: Runtime, offer: int, party: int, wanted: Mapping[str, bytes]
) -> list[Acknowledged]:
    """Record that clauses (id: hash of the words seen) are acknowledged; each counts once.

    Raises:
        NotFound: the cost table was not shown.
        BadInput: there is no such clause.
        Conflict: the cost table is not confirmed, the words are others now (`clause_changed`), or
            the agreement is signed.
    """
    shown, deal = await find_disclosure(connection, runtime, offer, party)
    if shown.confirmed_at is None:
        raise Conflict("the cost table is to be confirmed first", code="cost_not_confirmed")
    cell, known = runtime.cell(party), {one.id: one for one in clauses_of(deal)}
    for name, sha256 in wanted.items():
        if name not in known:
            raise BadInput("the agreement has no such clause", fields={"clause": name})
        if known[name].sha256 != sha256:
            raise Conflict(
                "the clause has other words now; read it again",
                code="clause_changed",
                fields={"clause": name},
            )
    await store.hold_disclosure(connection, cell, offer)
    agreement = await store.agreement_of_offer(connection, cell, offer, party)
    if agreement is not None and agreement.status is AgreementStatus.SIGNED:
        raise Conflict("the agreement is signed", code="wrong_step")
    at = runtime.clock.now()
    await store.acknowledge(
        connection, cell, offer, [Acknowledged(known[name], at) for name in wanted]
    )
    return await store.acknowledged(connection, cell, offer)


async def find_acknowledged(
    connection: Connection, runtime: Runtime, offer: int, party: int
) -> list[Acknowledged]:
    """Return the clauses of an offer that the party acknowledged. Raises NotFound."""
    await find_disclosure(connection, runtime, offer, party)
    return await store.acknowledged(connection, runtime.cell(party), offer)


def missing(clauses: Sequence[Clause], known: Sequence[Acknowledged]) -> list[str]:
    """Return the ids of the clauses that are not acknowledged in their present words."""
    told = {one.clause.sha256 for one in known}
    return [one.id for one in clauses if one.sha256 not in told]


async def keep_clauses(
    connection: Connection, runtime: Runtime, shown: Disclosure
) -> list[Acknowledged]:
    """Write the leaf of all acknowledged clauses, in the commit of the signature."""
    cell = runtime.cell(shown.party)
    await store.hold_disclosure(connection, cell, shown.offer)
    known = await store.acknowledged(connection, cell, shown.offer)
    payload = clauses_json(shown.sha256, known)
    about = (shown.party, "clauses", shown.offer)
    await write_leaf(connection, runtime, about, (shown.salt, payload))
    return known
