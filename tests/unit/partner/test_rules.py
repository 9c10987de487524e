"""Where a delivery may not go, how it is signed, and when it is tried again."""

import hmac
from base64 import b64decode, b64encode
from datetime import UTC, datetime
from ipaddress import ip_address

import pytest

from tongtu.kernel.errors import BadInput
from tongtu.partner.model import ATTEMPTS_MAX, PAUSE_MAX_S
from tongtu.partner.rules import BadAddress, check_events, check_url, is_public, pause_s, sign

AT = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "number",
    [
        "127.0.0.1", "10.0.0.7", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0",
        "100.64.0.1", "224.0.0.1", "255.255.255.255", "::", "::1", "fe80::1", "fd00::1",
        "::ffff:10.0.0.7", "64:ff9b::a00:7", "2002:a00:7::1", "2001:0:a00:7::1", "ff02::1",
    ],
)  # fmt: skip
def test_an_address_of_somebodys_own_network_is_not_public(number):
    assert not is_public(ip_address(number))


@pytest.mark.parametrize("number", ["93.184.216.34", "2606:4700::1111", "::ffff:93.184.216.34"])
def test_an_address_of_the_internet_is_public(number):
    assert is_public(ip_address(number))


@pytest.mark.parametrize(
    "url",
    [
        "http://lender.example/hook", "ftp://lender.example", "https://", "https:///hook",
        "https://user:word@lender.example/", "https://127.0.0.1/", "https://[::1]:8443/",
        "https://lender.example:99999/", "https://lender.example/a b", "file:///etc/passwd",
        "https://lender.example/#part", "https://[::ffff:10.0.0.7]/", "x" * 501,
        "https://a..b/", "https://.a/", f"https://{'a' * 64}.example/",
    ],
)  # fmt: skip
def test_an_address_that_leads_inside_or_nowhere_is_refused(url):
    with pytest.raises(BadAddress):
        check_url(url, is_private_allowed=False)


def test_plain_http_to_this_machine_is_for_trials_only():
    url = "http://127.0.0.1:9000/hook"
    assert check_url(url, is_private_allowed=True) == url
    with pytest.raises(BadAddress):
        check_url(url, is_private_allowed=False)


def test_a_delivery_carries_a_signature_by_each_secret_that_holds():
    new, old, body = b"n" * 32, b"o" * 32, b'{"type":"ping"}'

    headers = sign([new, old], "ev_1", AT, body)

    signed = b"ev_1.1795482000." + body
    wanted = [hmac.digest(secret, signed, "sha256") for secret in (new, old)]
    assert headers["webhook-id"] == "ev_1"
    assert headers["webhook-timestamp"] == "1795482000"
    given = [b64decode(one.removeprefix("v1,")) for one in headers["webhook-signature"].split()]
    assert given == wanted
    assert b64encode(wanted[0]).decode() in headers["webhook-signature"]


def test_pauses_grow_to_their_bound_and_chance_adds_at_most_a_half():
    pauses = [pause_s(n, 0.0) for n in range(1, ATTEMPTS_MAX + 1)]
    assert pauses == [5, 20, 80, 320, 1_280, 5_120, 20_480, PAUSE_MAX_S, PAUSE_MAX_S]
    assert pause_s(1, 1.0) == 7.5
    assert sum(pauses[:-1]) == 48_905  # half a day, then it is parked


def test_only_events_of_the_list_are_heard_of():
    assert check_events(["payment.ended", "offer.accepted", "payment.ended"]) == (
        "offer.accepted",
        "payment.ended",
    )
    for wrong in ([], ["ping"], ["everything"]):
        with pytest.raises(BadInput):
            check_events(wrong)
