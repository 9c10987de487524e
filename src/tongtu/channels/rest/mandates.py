"""GET /v1/me/mandates, DELETE /v1/me/mandates/{md}: what may be collected, and the end of it."""

from __future__ import annotations

import datetime as dt

import msgspec
from litestar import delete, get
from litestar.params import FromPath

from tongtu.channels.rest.auth import allow, allow_write
from tongtu.channels.rest.given import GivenCaller, GivenCommand, GivenParts
from tongtu.channels.rest.ids import read_id
from tongtu.identity.api import Role, once
from tongtu.payments.api import list_mandates, revoke
from tongtu.runtime.api import Connection


class MandateShown(msgspec.Struct, frozen=True):
    """A standing permission to collect instalments of one loan."""

    mandate: str
    application: str
    lender: int
    limit_minor: int
    signed_at: dt.datetime
    revoked_at: dt.datetime | None


class MandatesShown(msgspec.Struct, frozen=True):
    """All of the caller's mandates, oldest first."""

    items: list[MandateShown]


@get("/v1/me/mandates", opt=allow(Role.BORROWER))
async def list_own_mandates(parts: GivenParts, caller: GivenCaller) -> MandatesShown:
    """Return the caller's mandates, revoked ones too."""
    public = parts.runtime.public
    async with parts.runtime.database.reading() as connection:
        found = await list_mandates(connection, caller.cell, caller.subject)
    return MandatesShown(
        [
            MandateShown(
                mandate=public.show("mandate", one.id),
                application=public.show("application", one.subject),
                lender=one.lender,
                limit_minor=one.limit_minor,
                signed_at=one.signed_at,
                revoked_at=one.revoked_at,
            )
            for one in found
        ]
    )


@delete("/v1/me/mandates/{mandate:str}", status_code=204, opt=allow_write(Role.BORROWER))
async def revoke_own_mandate(
    mandate: FromPath[str], parts: GivenParts, caller: GivenCaller, command: GivenCommand
) -> None:
    """Revoke a mandate at once; nothing more is collected under it. The debt is not touched."""
    identifier, runtime = read_id(parts, "mandate", mandate), parts.runtime

    async def effect(connection: Connection) -> bytes:
        at = runtime.clock.now()
        await revoke(connection, (caller.cell, identifier), caller.subject, at)
        return b"{}"

    await once(runtime, caller, "revoke_mandate", command, effect)


ROUTES = (list_own_mandates, revoke_own_mandate)
