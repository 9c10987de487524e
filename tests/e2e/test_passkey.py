"""The finger on the phone: a passkey of a virtual authenticator in a real browser, from adding it
to signing in, and a finger that is not recognised."""

from __future__ import annotations

import pytest
from tests.e2e.conftest import Person, Platform

pytestmark = pytest.mark.browser
# What a page of ours does: ask for options, hand them to the browser, send the answer's parts.
CEREMONIES = """
const b64 = raw => btoa(String.fromCharCode(...new Uint8Array(raw)))
  .replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
const ask = async (path, token, body) => {
  const headers = {'content-type': 'application/json', 'idempotency-key': crypto.randomUUID()};
  if (token) headers.authorization = `Bearer ${token}`;
  const answer = await fetch(path, {method: 'POST', headers, body: body && JSON.stringify(body)});
  return {status: answer.status, body: await answer.json()};
};
const made = async token => {
  const {options} = (await ask('/v1/me/passkey-options', token)).body;
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
  const {id, response} = await navigator.credentials.create({publicKey});
  return {id, client_data: b64(response.clientDataJSON),
          attestation: b64(response.attestationObject), label: 'this phone'};
};
const used = async (path, token) => {
  const {options} = (await ask(path, token)).body;
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
  const {id, response} = await navigator.credentials.get({publicKey});
  return {id, client_data: b64(response.clientDataJSON),
          authenticator_data: b64(response.authenticatorData), signature: b64(response.signature),
          user_handle: response.userHandle && b64(response.userHandle)};
};
"""
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def test_a_finger_signs_in_and_one_that_is_not_recognised_does_not(
    open_page, platform: Platform, person: Person
) -> None:
    # A passkey is made for a name, never for an address of numbers.
    page = open_page(url=platform.url.replace("127.0.0.1", "localhost"))
    device = page.context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    options = {"options": AUTHENTICATOR}
    authenticator = device.send("WebAuthn.addVirtualAuthenticator", options)["authenticatorId"]

    def act(script: str):
        return page.evaluate(f"async token => {{ {CEREMONIES} return {script}; }}", person.token)

    added = act("await ask('/v1/me/passkeys', token, await made(token))")
    signed_in = act(
        "await ask('/v1/sign-in/passkey', null, await used('/v1/sign-in/passkey-options'))"
    )
    fresh = act(
        "await ask('/v1/step-up/passkey', token, await used('/v1/step-up/passkey-options', token))"
    )
    me = person.http.get(
        "/v1/me", headers={"authorization": f"Bearer {signed_in['body']['token']}"}
    ).json()
    device.send(
        "WebAuthn.setUserVerified", {"authenticatorId": authenticator, "isUserVerified": False}
    )
    not_recognised = act("await used('/v1/sign-in/passkey-options').catch(fault => fault.name)")

    assert (added["status"], added["body"]["items"][0]["label"]) == (201, "this phone")
    assert (signed_in["status"], signed_in["body"]["role"]) == (200, "borrower")
    assert me["party"] == signed_in["body"]["party"]
    assert (fresh["status"], fresh["body"]) == (200, {"is_fresh": True})
    assert not_recognised == "NotAllowedError"
