"""The finger on the phone: a passkey of a virtual authenticator in a headless Chromium.

The scripts do what a page of ours does: ask for options, hand them to the browser, send the
answer's parts.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Page, sync_playwright

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")
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
ADD = "await ask('/v1/me/passkeys', token, await made(token))"
SIGN_IN = "await ask('/v1/sign-in/passkey', null, await used('/v1/sign-in/passkey-options'))"
STEP_UP = (
    "await ask('/v1/step-up/passkey', token, await used('/v1/step-up/passkey-options', token))"
)
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def add_authenticator(page: Page) -> tuple[Any, str]:
    """Give the page's browser a virtual authenticator; return its session and id."""
    device = page.context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    made = device.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    return device, made["authenticatorId"]


def act(page: Page, script: str, token: str) -> Any:
    """Run one ceremony as the person of `token`."""
    return page.evaluate(f"async token => {{ {CEREMONIES} return {script}; }}", token)


@contextmanager
def phone(url: str) -> Iterator[Page]:
    """Yield a page of the platform in a browser that has a finger."""
    names = (os.environ.get("TONGTU_CHROMIUM", ""), *BROWSERS)
    path = next((found for name in names if name and (found := shutil.which(name))), None)
    if path is None:
        raise SystemExit("no Chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        page = browser.new_page()
        # A passkey is made for a name, never for an address of numbers.
        page.goto(url.replace("127.0.0.1", "localhost"))
        add_authenticator(page)
        yield page
        browser.close()
