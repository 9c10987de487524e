"""Whom remote lenders are asked about: who shares with one of them, and nobody else is looked at."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

from tongtu.funding.api import load_book
from tongtu.journey.remote_lender import DECIDED, RemoteDesk
from tongtu.kernel.clock import FixedClock
from tongtu.runtime.api import Event

NOW = datetime(2026, 11, 24, 1, tzinfo=UTC)
BOOK = load_book(Path(__file__).parents[3] / "rules")
SHARES = 1 << 8 + 30  # with the remote lender of the shipped rules
ALL_OTHERS = (1 << 8 + 30) - 1


class Looked(Exception):
    """The database was asked."""


class Shut:
    """A database that nobody may ask."""

    def transaction(self):
        raise Looked


@pytest.fixture
def told():
    runtime = SimpleNamespace(database=Shut(), clock=FixedClock(NOW))
    platform = SimpleNamespace(runtime=runtime, book=BOOK, decisions=object())
    desk = RemoteDesk(platform, {}, None)

    def tell(*decisions):
        payload = {"version": 1, "decisions": [list(one) for one in decisions]}
        asyncio.run(desk.decided(Event(0, 1, DECIDED, payload, NOW)))

    return tell


def test_nothing_is_read_of_those_who_share_with_no_remote_lender(told):
    told((1, 2, 3, "offers", ALL_OTHERS), (4, 5, 6, "offers", 0), (7, 8, 9, "declined", SHARES))


def test_who_shares_with_a_remote_lender_is_looked_at(told):
    with pytest.raises(Looked):
        told((1, 2, 3, "offers", 0), (4, 5, 6, "offers", SHARES))


def test_an_older_event_does_not_say_whom_one_shares_with_and_is_looked_into(told):
    with pytest.raises(Looked):
        told((1, 2, 3, "offers"))
