"""Passkeys: added by somebody signed in, used to sign in, ended by their owner."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, delete, get, post
from litestar.params import FromPath, JSONBody

from tongtu.access.api import (
    LABEL_MAX,
    Assertion,
    NewKey,
    SignedCaller,
    end_passkey,
    enrol,
    enrolment_options,
    list_passkeys,
    sign_in,
    sign_in_options,
)
from tongtu.channels.rest.auth import PUBLIC, allow, allow_write
from tongtu.channels.rest.body import StrictBody
from tongtu.channels.rest.given import GivenCaller, GivenCommand, GivenParts
from tongtu.channels.rest.headers import bearer_token
from tongtu.channels.rest.ids import read_id
from tongtu.channels.rest.parts import Parts
from tongtu.channels.rest.sign_in import SignedIn, device_of, show_token
from tongtu.identity.api import Caller, Role, find_profile, hash_token

# A device's answer comes as base64url; the longest we know is a certificate chain nobody asked for.
Base64 = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{1,8192}$")]
CredentialId = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{22,1364}$")]
Label = Annotated[str, msgspec.Meta(min_length=1, max_length=LABEL_MAX, pattern=r"^[^\x00-\x1f]+$")]
_ANYBODY = allow(*Role)


class BrowserOptions(msgspec.Struct, frozen=True):
    """What the page hands to its browser, in the form of PublicKeyCredential's own parser."""

    options: dict[str, Any]


class PasskeyMade(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What the device answered when it made a passkey, base64url."""

    id: CredentialId
    client_data: Base64
    attestation: Base64
    label: Label


class PasskeyUsed(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What the device answered when it used a passkey, base64url."""

    id: CredentialId
    client_data: Base64
    authenticator_data: Base64
    signature: Base64
    user_handle: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{1,86}$")] | None = None

    def as_assertion(self) -> Assertion:
        """Return it as access takes it."""
        return Assertion(
            self.id, self.client_data, self.authenticator_data, self.signature, self.user_handle
        )


class PasskeyShown(msgspec.Struct, frozen=True):
    """A passkey as its owner named it."""

    passkey: str
    label: str
    added_at: datetime
    used_at: datetime | None


class PasskeysShown(msgspec.Struct, frozen=True):
    """The caller's passkeys, oldest first."""

    items: list[PasskeyShown]


@post("/v1/me/passkey-options", status_code=200, opt=_ANYBODY)
async def begin_passkey(
    parts: GivenParts, caller: GivenCaller, request: Request[Any, Any, Any]
) -> BrowserOptions:
    """Return what a browser needs to make a passkey for the caller, in this session only."""
    who = signed(caller, request)
    name = await _shown_name(parts, caller)
    found = await enrolment_options(parts.runtime, parts.relying_party, who, name)
    return BrowserOptions(found)


@post(
    "/v1/me/passkeys",
    status_code=201,
    opt=allow_write(*Role),
    dto=StrictBody[PasskeyMade],
    return_dto=None,
)
async def add_passkey(
    data: JSONBody[PasskeyMade],
    parts: GivenParts,
    caller: GivenCaller,
    command: GivenCommand,
    request: Request[Any, Any, Any],
) -> PasskeysShown:
    """Add the passkey that the caller's device has just made; in a fresh session only."""
    made = NewKey(data.id, data.client_data, data.attestation)
    by = (signed(caller, request), command)
    await enrol(parts.runtime, parts.relying_party, by, made, data.label)
    return await _shown(parts, caller)


@get("/v1/me/passkeys", opt=_ANYBODY)
async def show_passkeys(parts: GivenParts, caller: GivenCaller) -> PasskeysShown:
    """Return the caller's passkeys."""
    return await _shown(parts, caller)


@delete("/v1/me/passkeys/{passkey:str}", status_code=200, opt=allow_write(*Role))
async def remove_passkey(
    passkey: FromPath[str], parts: GivenParts, caller: GivenCaller, command: GivenCommand
) -> PasskeysShown:
    """End one of the caller's passkeys."""
    await end_passkey(parts.runtime, caller, read_id(parts, "passkey", passkey), command)
    return await _shown(parts, caller)


@post("/v1/sign-in/passkey-options", status_code=200, opt=PUBLIC)
async def begin_sign_in(parts: GivenParts) -> BrowserOptions:
    """Return what a browser needs to sign in by any passkey of this platform."""
    return BrowserOptions(sign_in_options(parts.runtime, parts.relying_party))


@post(
    "/v1/sign-in/passkey",
    status_code=200,
    opt=PUBLIC,
    dto=StrictBody[PasskeyUsed],
    return_dto=None,
)
async def sign_in_by_passkey(
    data: JSONBody[PasskeyUsed], parts: GivenParts, request: Request[Any, Any, Any]
) -> SignedIn:
    """Exchange a passkey's answer for a bearer token."""
    token = await sign_in(
        parts.runtime, parts.relying_party, data.as_assertion(), device_of(request)
    )
    return show_token(parts, token)


def signed(caller: Caller, request: Request[Any, Any, Any]) -> SignedCaller:
    """Return the caller with the session they came in."""
    return SignedCaller(caller, hash_token(bearer_token(request.scope["headers"])))


async def _shown_name(parts: Parts, caller: Caller) -> str:
    """Return what a device writes beside the passkey: a masked phone, or the staff's role."""
    if caller.role is not Role.BORROWER:
        return f"{caller.role.value} {parts.runtime.public.show('staff', caller.subject)}"
    # Not a read-only transaction: a look into the vault leaves a row in its log.
    async with parts.runtime.database.transaction() as connection:
        profile = await find_profile(connection, parts.runtime, caller)
    return profile.phone_masked or "tongtu"


async def _shown(parts: Parts, caller: Caller) -> PasskeysShown:
    show = parts.runtime.public.show
    found = await list_passkeys(parts.runtime, caller)
    return PasskeysShown(
        [PasskeyShown(show("passkey", p.id), p.label, p.added_at, p.used_at) for p in found]
    )


ROUTES = (
    begin_passkey,
    add_passkey,
    show_passkeys,
    remove_passkey,
    begin_sign_in,
    sign_in_by_passkey,
)
