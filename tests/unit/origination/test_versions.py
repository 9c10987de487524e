"""Engines of old versions are made off the loop, once, and not all are kept."""

import asyncio
import threading
from types import SimpleNamespace

import pytest

from tongtu.origination.flow import versions as module
from tongtu.origination.flow.versions import KEPT_MAX, Versions


@pytest.fixture
def made(monkeypatch):
    """What was restored, in which thread."""
    found = []

    async def files(_connection, number):
        return b"%d" % number, {}

    def restore(sources, _hashes, _public):
        found.append((int(sources), threading.current_thread()))
        return SimpleNamespace(number=int(sources))

    monkeypatch.setattr(module, "_files", files)
    monkeypatch.setattr(module, "_restore", restore)
    return found


@pytest.fixture
def versions(engine):
    return Versions(engine, None)


def test_an_old_engine_is_made_in_a_thread_once_for_all_who_ask_at_the_same_time(versions, made):
    async def ask():
        return await asyncio.gather(*(versions.engine_of(None, 7) for _ in range(5)))

    engines = asyncio.run(ask())

    assert [number for number, _ in made] == [7]
    assert made[0][1] is not threading.main_thread()
    assert all(one is engines[0] for one in engines)


def test_so_many_old_engines_are_kept_and_what_decides_always(versions, engine, made):
    versions.take(engine, 1_000)

    async def ask():
        for number in range(3 * KEPT_MAX):
            await versions.engine_of(None, number)
            assert len(versions._engines) <= KEPT_MAX
        return await versions.engine_of(None, 1_000)

    assert asyncio.run(ask()) is engine
    assert 1_000 not in [number for number, _ in made]
