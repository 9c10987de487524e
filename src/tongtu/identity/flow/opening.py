"""Parties that open without signing in: a merchant, a borrower of a book taken over."""

from __future__ import annotations

from tongtu.identity.store import party as store
from tongtu.kernel.ids import PartyId
from tongtu.runtime.api import Connection, Runtime


async def open_merchant_party(connection: Connection, runtime: Runtime) -> PartyId:
    """Open a party of kind merchant in the caller's transaction."""
    party = PartyId(runtime.ids.new(0))
    await store.open_merchant(connection, runtime.cell(party), party, runtime.clock.now())
    return party


async def open_person_party(connection: Connection, runtime: Runtime, party: int) -> None:
    """Open a person's party, whom nobody has identified here yet, in the caller's transaction."""
    await store.open_party(connection, runtime.cell(party), party, runtime.clock.now())


async def is_open_party(connection: Connection, runtime: Runtime, party: int) -> bool:
    """Tell whether a party exists and was not erased."""
    return await store.is_open(connection, runtime.cell(party), party)
