"""Whose word on a client's address is taken."""

import asyncio
from dataclasses import replace

import pytest

from tongtu.main.serve import http_config
from tongtu.runtime.api import Settings


def seen_from(peer, said, trusted):
    """Return the client's address as the platform sees it."""
    seen = []

    async def app(scope, receive, send):
        seen.append(scope["client"][0])

    config = http_config(app, replace(Settings(), trusted_proxies=trusted))
    config.load()
    headers = [(b"x-forwarded-for", said)]
    scope = {"type": "http", "client": (peer, 1), "headers": headers, "scheme": "http"}
    asyncio.run(config.loaded_app(scope, None, None))
    return seen[0]


@pytest.mark.parametrize("peer", ["127.0.0.1", "::1", "203.0.113.9"])
def test_by_default_nobody_says_where_a_request_comes_from(peer, monkeypatch):
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "*")  # the server library's own, not ours

    assert seen_from(peer, b"198.51.100.1", None) == peer


def test_a_trusted_proxy_is_believed_about_the_last_hop_that_is_no_proxy():
    trusted = "10.0.0.7, fd00::/8"

    assert seen_from("10.0.0.7", b"198.51.100.1", trusted) == "198.51.100.1"
    assert seen_from("fd00::2", b"198.51.100.1", trusted) == "198.51.100.1"
    assert seen_from("10.0.0.7", b"1.1.1.1, 198.51.100.1, 10.0.0.7", trusted) == "198.51.100.1"
    assert seen_from("10.0.0.8", b"198.51.100.1", trusted) == "10.0.0.8"
    assert seen_from("127.0.0.1", b"198.51.100.1", trusted) == "127.0.0.1"
