"""Whose person stands behind an id in an address: for what is shown of them, and to whom."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from tongtu.identity.api import is_open_party, party_of_request
from tongtu.origination.api import party_of_application, party_of_decision
from tongtu.payments.api import party_of_payment
from tongtu.runtime.api import Connection, Runtime
from tongtu.servicing.api import party_of_facility, party_of_loan
from tongtu.verification.api import party_of_verification

PARTY = "party"  # an id that names the person itself
Finder = Callable[[Connection, int, int], Awaitable[int | None]]
# By the name an id has in addresses and in the table of permissions.
FINDERS: Mapping[str, Finder] = {
    "loan": party_of_loan,
    "facility": party_of_facility,
    "application": party_of_application,
    "decision": party_of_decision,
    "payment": party_of_payment,
    "verification": party_of_verification,
    "privacy_request": party_of_request,
}


async def person_behind(
    connection: Connection, runtime: Runtime, noun: str, identifier: int
) -> int | None:
    """Return the party; None: there is no such thing."""
    if noun == PARTY:
        return identifier if await is_open_party(connection, runtime, identifier) else None
    return await FINDERS[noun](connection, runtime.cell(identifier), identifier)
