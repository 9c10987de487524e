"""What a device says, checked by the WebAuthn library: origin, host, user verification, signature.

Bytes from outside go through its parsers here and nowhere else; whatever they raise is a refusal.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import options_to_json_dict, parse_client_data_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AttestationConveyancePreference,
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from tongtu.access.flow.challenge import refused
from tongtu.access.model import RelyingParty
from tongtu.access.store.passkey import PasskeyRow

TIMEOUT_MS = 300_000
# What the parsers of the library and below it raise on bytes that somebody made up.
_FAULTS = (
    WebAuthnException, UnsupportedAlgorithm, ValueError, LookupError, TypeError, AttributeError,
    ArithmeticError, RecursionError,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class NewKey:
    """What a device answers when it made a passkey; all values as they came, base64url."""

    id: str
    client_data: str
    attestation: str


@dataclass(frozen=True, slots=True)
class Assertion:
    """What a device answers when it used a passkey; all values as they came, base64url."""

    id: str
    client_data: str
    authenticator_data: str
    signature: str
    user_handle: str | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """A verified new passkey."""

    credential: bytes
    public_key: bytes
    counter: int


def creation_options(
    party: RelyingParty, owner: tuple[str, str], challenge: bytes, known: Sequence[bytes]
) -> dict[str, Any]:
    """Return what a page hands to its browser to make a passkey; `owner`: public id, shown name."""
    handle, name = owner
    options = generate_registration_options(
        rp_id=party.host,
        rp_name="Tongtu 通途",
        user_id=handle.encode(),
        user_name=name,
        challenge=challenge,
        timeout=TIMEOUT_MS,
        attestation=AttestationConveyancePreference.NONE,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=one) for one in known],
    )
    return options_to_json_dict(options)


def request_options(
    party: RelyingParty, challenge: bytes, known: Sequence[bytes] = ()
) -> dict[str, Any]:
    """Return what a page hands to its browser to use a passkey; of `known` ones, or of any."""
    options = generate_authentication_options(
        rp_id=party.host,
        challenge=challenge,
        timeout=TIMEOUT_MS,
        allow_credentials=[PublicKeyCredentialDescriptor(id=one) for one in known],
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return options_to_json_dict(options)


def challenge_in(client_data: str) -> bytes:
    """Return the challenge that a device answered. Raises PasskeyRefused: not readable."""
    try:
        return bytes(parse_client_data_json(decoded(client_data)).challenge)
    except _FAULTS:
        raise refused("unreadable") from None


def check_new(party: RelyingParty, new: NewKey, challenge: bytes) -> Made:
    """Return the new passkey. Raises PasskeyRefused."""
    try:
        found = verify_registration_response(
            credential={
                "id": new.id,
                "rawId": new.id,
                "type": "public-key",
                "response": {
                    "clientDataJSON": new.client_data,
                    "attestationObject": new.attestation,
                },
            },
            expected_challenge=challenge,
            expected_rp_id=party.host,
            expected_origin=list(party.origins),
            require_user_verification=True,
        )
    except _FAULTS:
        raise refused("not_verified") from None
    return Made(found.credential_id, found.credential_public_key, found.sign_count)


def check_used(party: RelyingParty, used: Assertion, challenge: bytes, passkey: PasskeyRow) -> int:
    """Return the device's new counter. Raises PasskeyRefused."""
    try:
        found = verify_authentication_response(
            credential={
                "id": used.id,
                "rawId": used.id,
                "type": "public-key",
                "response": {
                    "clientDataJSON": used.client_data,
                    "authenticatorData": used.authenticator_data,
                    "signature": used.signature,
                },
            },
            expected_challenge=challenge,
            expected_rp_id=party.host,
            expected_origin=list(party.origins),
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.counter,
            require_user_verification=True,
        )
    except _FAULTS:
        raise refused("not_verified") from None
    return found.new_sign_count


def decoded(text: str) -> bytes:
    """Return the bytes of base64url. Raises PasskeyRefused: it is none."""
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        raise refused("unreadable") from None
