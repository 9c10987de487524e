"""A merchant becomes a party: an id and nothing that names a person."""

from __future__ import annotations

from tongtu.identity.store import party as store
from tongtu.kernel.ids import PartyId
from tongtu.runtime.api import Connection, Runtime


async def open_merchant_party(connection: Connection, runtime: Runtime) -> PartyId:
    """Open a party of kind merchant in the caller's transaction."""
    party = PartyId(runtime.ids.new(0))
    await store.open_merchant(connection, runtime.cell(party), party, runtime.clock.now())
    return party
