"""GET /v1/me, PUT /v1/me/identity: a person's own party, masked."""

from __future__ import annotations

from typing import Annotated

import msgspec
from litestar import get, put
from litestar.params import JSONBody

from tongtu.channels.rest.auth import allow, allow_write
from tongtu.channels.rest.body import StrictBody
from tongtu.channels.rest.consents import ConsentShown, show_consent
from tongtu.channels.rest.given import GivenCaller, GivenCommand, GivenParts
from tongtu.channels.rest.parts import Parts
from tongtu.identity.api import (
    Caller,
    Role,
    find_profile,
    list_consents,
)
from tongtu.journey.api import identify_person


class Me(msgspec.Struct, frozen=True):
    """What a person sees of their own party."""

    party: str
    is_identified: bool
    phone_masked: str | None
    name_masked: str | None
    consents: list[ConsentShown]


class IdentityShown(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Who the person is, as on the card."""

    name: Annotated[str, msgspec.Meta(min_length=2, max_length=100)]
    resident_id: Annotated[str, msgspec.Meta(min_length=18, max_length=18)]


@get("/v1/me", opt=allow(Role.BORROWER))
async def find_me(parts: GivenParts, caller: GivenCaller) -> Me:
    """Return the caller's own party with personal data masked."""
    return await _me(parts, caller)


@put(
    "/v1/me/identity",
    status_code=200,
    opt=allow_write(Role.BORROWER),
    dto=StrictBody[IdentityShown],
    return_dto=None,
)
async def show_identity(
    data: JSONBody[IdentityShown], parts: GivenParts, caller: GivenCaller, command: GivenCommand
) -> Me:
    """Record who the caller is; the same again changes nothing, another identity is refused."""
    await identify_person(parts.runtime, caller, data.name, data.resident_id, command)
    return await _me(parts, caller)


async def _me(parts: Parts, caller: Caller) -> Me:
    runtime = parts.runtime
    # Not a read-only transaction: a look into the vault leaves a row in its log.
    async with runtime.database.transaction() as connection:
        profile = await find_profile(connection, runtime, caller)
        consents = await list_consents(connection, caller)
    return Me(
        party=runtime.public.show("party", profile.party),
        is_identified=profile.is_identified,
        phone_masked=profile.phone_masked,
        name_masked=profile.name_masked,
        consents=[show_consent(parts, consent) for consent in consents],
    )


ROUTES = (find_me, show_identity)
