"""GET /v1/agreements/{ag} and its document, POST its signature."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, JSONBody

from tongtu.channels.rest.auth import allow, allow_write
from tongtu.channels.rest.body import StrictBody
from tongtu.channels.rest.command import stored
from tongtu.channels.rest.given import GivenCaller, GivenCommand, GivenParts
from tongtu.channels.rest.ids import read_id
from tongtu.contracts.api import find_agreement, read_document
from tongtu.identity.api import Role
from tongtu.journey.api import Signature, contract_bundle, sign_agreement


class AgreementShown(msgspec.Struct, frozen=True, kw_only=True):
    """A contract: the draft the borrower saw, and the signed paper when there is one."""

    agreement: str
    offer: str
    application: str
    state: str
    business_date: date
    sha256: str
    signed_sha256: str | None
    prepared_at: datetime
    signed_at: datetime | None


class SignatureAsked(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The hash of the very paper that is signed, and whether what falls due may be collected."""

    sha256: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
    direct_debit: bool = False


class Signed(msgspec.Struct, frozen=True):
    """That it is signed; the payout follows by itself."""

    step: str
    signed_at: datetime
    signed_sha256: str


@get("/v1/agreements/{agreement:str}", opt=allow(Role.BORROWER))
async def find_own_agreement(
    agreement: FromPath[str], parts: GivenParts, caller: GivenCaller
) -> AgreementShown:
    """Return an agreement of the caller's own."""
    identifier, public = read_id(parts, "agreement", agreement), parts.runtime.public
    async with parts.runtime.database.reading() as connection:
        found = await find_agreement(connection, parts.runtime, identifier, caller.subject)
    return AgreementShown(
        agreement=agreement,
        offer=public.show("offer", found.offer),
        application=public.show("application", found.application),
        state=found.status.value,
        business_date=found.business_date,
        sha256=found.draft_sha256.hex(),
        signed_sha256=found.signed_sha256.hex() if found.signed_sha256 else None,
        prepared_at=found.prepared_at,
        signed_at=found.signed_at,
    )


@get("/v1/agreements/{agreement:str}/document", opt=allow(Role.BORROWER))
async def find_document(
    agreement: FromPath[str], parts: GivenParts, caller: GivenCaller
) -> Response[bytes]:
    """Return the paper as PDF: the signed one once it is signed."""
    identifier = read_id(parts, "agreement", agreement)
    async with parts.runtime.database.reading() as connection:
        found = await find_agreement(connection, parts.runtime, identifier, caller.subject)
        content = await read_document(connection, parts.runtime, found)
    headers = {
        "content-disposition": f'inline; filename="{agreement}.pdf"',
        "cache-control": "no-store",
    }
    return Response(content, media_type="application/pdf", headers=headers)


@get("/v1/agreements/{agreement:str}/bundle", opt=allow(Role.BORROWER))
async def find_bundle(
    agreement: FromPath[str], parts: GivenParts, caller: GivenCaller
) -> Response[bytes]:
    """Return the evidence bundle of a signed agreement: `tongtu verify` checks it offline."""
    content = await contract_bundle(parts, caller, read_id(parts, "agreement", agreement))
    headers = {
        "content-disposition": f'attachment; filename="{agreement}.zip"',
        "cache-control": "no-store",
    }
    return Response(content, media_type="application/zip", headers=headers)


@post(
    "/v1/agreements/{agreement:str}/signature",
    status_code=200,
    opt=allow_write(Role.BORROWER),
    dto=StrictBody[SignatureAsked],
    return_dto=None,
)
async def sign(
    agreement: FromPath[str],
    data: JSONBody[SignatureAsked],
    parts: GivenParts,
    caller: GivenCaller,
    command: GivenCommand,
) -> Signed:
    """Sign the paper whose hash the borrower names."""
    identifier = read_id(parts, "agreement", agreement)
    wanted = Signature(identifier, bytes.fromhex(data.sha256), data.direct_debit)
    return stored(await sign_agreement(parts, caller, wanted, command), Signed)


ROUTES = (find_own_agreement, find_document, find_bundle, sign)
