"""The finger on the phone: a passkey of a virtual authenticator in a real browser, from adding it
to signing in, and a finger that is not recognised."""

from __future__ import annotations

import pytest
from bench.identity.passkey import ADD, SIGN_IN, STEP_UP, act, add_authenticator
from tests.e2e.conftest import Person, Platform

pytestmark = [pytest.mark.browser, pytest.mark.e2e]


def test_a_finger_signs_in_and_one_that_is_not_recognised_does_not(
    open_page, platform: Platform, person: Person
) -> None:
    # A passkey is made for a name, never for an address of numbers.
    page = open_page(url=platform.url.replace("127.0.0.1", "localhost"))
    device, authenticator = add_authenticator(page)

    added = act(page, ADD, person.token)
    signed_in = act(page, SIGN_IN, person.token)
    fresh = act(page, STEP_UP, person.token)
    me = person.http.get(
        "/v1/me", headers={"authorization": f"Bearer {signed_in['body']['token']}"}
    ).json()
    device.send(
        "WebAuthn.setUserVerified", {"authenticatorId": authenticator, "isUserVerified": False}
    )
    script = "await used('/v1/sign-in/passkey-options').catch(fault => fault.name)"
    not_recognised = act(page, script, person.token)

    assert (added["status"], added["body"]["items"][0]["label"]) == (201, "this phone")
    assert (signed_in["status"], signed_in["body"]["role"]) == (200, "borrower")
    assert me["party"] == signed_in["body"]["party"]
    assert (fresh["status"], fresh["body"]) == (200, {"is_fresh": True})
    assert not_recognised == "NotAllowedError"
