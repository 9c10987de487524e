"""A word in another process's commit is heard; a lost connection is made anew and is a word too."""

import asyncio
import os
import signal

import pytest

from tongtu.runtime import listener as module
from tongtu.runtime.api import Listener


class Ear:
    def __init__(self):
        self.words, self.heard = 0, asyncio.Event()

    def wake(self):
        self.words += 1
        self.heard.set()

    async def until(self, words):
        async with asyncio.timeout(30):
            while self.words < words:
                self.heard.clear()
                await self.heard.wait()


@pytest.fixture
def say(runtime):
    async def say(channel, *, fails=False):
        async with runtime.database.transaction() as connection:
            await connection.execute("select pg_notify($1, '')", channel)
            if fails:
                raise ZeroDivisionError

    return say


def test_what_is_said_is_heard_when_it_commits_and_only_then(runtime, run, say):
    async def work():
        ear = Ear()
        listener = Listener(runtime.database, "one", ear.wake)
        await listener.start()
        await ear.until(1)  # that it begins to hear is a word
        hearing = listener.is_hearing
        await say("other")
        with pytest.raises(ZeroDivisionError):
            await say("one", fails=True)
        await say("one")
        await ear.until(2)
        await listener.stop()
        return ear.words, hearing, listener.is_hearing

    assert run(work()) == (2, True, False)


def test_a_listener_whose_connection_is_lost_hears_again(runtime, run, say, monkeypatch):
    monkeypatch.setattr(module, "AGAIN_AFTER_S", 0)

    async def work():
        ear = Ear()
        listener = Listener(runtime.database, "one", ear.wake)
        await listener.start()
        await ear.until(1)
        await runtime.database.look(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and query ilike 'listen%'"
        )
        await ear.until(2)
        await say("one")
        await ear.until(3)
        await listener.stop()

    run(work())


def test_a_connection_that_says_nothing_any_more_is_given_up_and_made_anew(
    runtime, run, say, monkeypatch
):
    """As behind a wall that dropped it: no end ever arrives. Here its server stands still."""
    monkeypatch.setattr(module, "AGAIN_AFTER_S", 0)
    monkeypatch.setattr(module, "CHECK_EVERY_S", 0.01)
    listens = """select pid from pg_stat_activity
        where datname = current_database() and query ilike 'listen%'"""

    async def work():
        ear = Ear()
        listener = Listener(runtime.database, "one", ear.wake)
        await listener.start()
        await ear.until(1)
        async with runtime.database.reading() as connection:
            pid = await connection.fetchval(listens)
        monkeypatch.setattr(module, "CHECK_TIMEOUT_S", 0.1)
        os.kill(pid, signal.SIGSTOP)
        try:
            await ear.until(2)
            await say("one")
            await ear.until(3)
        finally:
            os.kill(pid, signal.SIGCONT)
        await listener.stop()

    run(work())
