"""The version this process decides with, and the packers and engines of older ones."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import TypeVar

from tongtu.kernel.errors import Broken, NotReady
from tongtu.kernel.ids import PublicIds
from tongtu.origination.flow.assembly import restore_engine
from tongtu.origination.rules.engine import DecisionEngine
from tongtu.origination.rules.record import Packer
from tongtu.origination.rules.stored import Reader
from tongtu.origination.store import version
from tongtu.runtime.api import Connection, Database

# A version changes when a rule, a price or a model does; older ones are read again when asked for.
KEPT_MAX = 16
T = TypeVar("T")
Engines = Mapping[int, DecisionEngine]  # by the number of their version


class Versions:
    """Numbers, packers and engines by version."""

    def __init__(self, engine: DecisionEngine, public: PublicIds) -> None:
        self.packer = Packer(engine.version.dictionary)
        self.number = 0
        self.engine = engine
        self._public = public
        self._readers: dict[int, Reader] = {}
        self._engines: dict[int, DecisionEngine] = {}
        self._apart: dict[int, DecisionEngine] = {}
        self._working, self._restoring = asyncio.Lock(), asyncio.Lock()

    async def register(self, connection: Connection, at: datetime) -> None:
        """Find or write this process's version."""
        self.take(self.engine, await self.number_of(connection, self.engine, at))

    async def number_of(self, connection: Connection, engine: DecisionEngine, at: datetime) -> int:
        """Find or write an engine's version; it decides nothing yet."""
        return await version.register(connection, engine.version, at)

    def take(self, engine: DecisionEngine, number: int) -> None:
        """Decide with this engine from now on: engine, number and packer change as one."""
        self.engine, self.number = engine, number
        self.packer = Packer(engine.version.dictionary)
        self._readers[number] = _reader(engine)
        self._engines[number] = engine

    def keep(self, engine: DecisionEngine, number: int) -> Packer:
        """Know an engine that decides beside this one by turns; return what packs its records."""
        packer = Packer(engine.version.dictionary)
        self._readers[number], self._engines[number] = _reader(engine), engine
        return packer

    async def unpacker_of(self, connection: Connection, number: int) -> Reader:
        """Return what reads the records of a version."""
        found = self._readers.get(number)
        if found is None:
            found = Reader(*await version.find_reading(connection, number))
            if len(self._readers) >= KEPT_MAX:
                self._readers = {self.number: _reader(self.engine)}
            self._readers[number] = found
        return found

    async def engine_of(self, connection: Connection, number: int) -> DecisionEngine:
        """Return the engine that decided with a version, from its own stored files.

        An old one is made in a thread, one at a time: that takes a second, and the loop has others.

        Raises:
            NotReady: the version was registered without its files.
            Broken: the files do not make that version any more.
        """
        found = self._engines.get(number)
        if found is None:
            sources, hashes = await _files(connection, number)
            async with self._restoring:
                found = self._engines.get(number)  # another may have made it meanwhile
                if found is None:
                    found = await asyncio.to_thread(_restore, sources, hashes, self._public)
                    if len(self._engines) >= KEPT_MAX:
                        self._engines = {self.number: self.engine}
                    self._engines[number] = found
        return found

    async def work_apart(
        self, database: Database, numbers: Collection[int], work: Callable[[Engines], T]
    ) -> T:
        """Return what `work` makes, in a thread, of engines of these versions the lane never uses.

        What they remember of a day is their own, so that looking at the past costs the lane
        nothing. One works at a time: an engine is not made for two threads. No connection is held.
        Raises as `engine_of`, and what `work` raises.
        """
        async with self._working:
            own = {number: await self._engine_apart(database, number) for number in numbers}
            return await asyncio.to_thread(work, own)

    async def _engine_apart(self, database: Database, number: int) -> DecisionEngine:
        found = self._apart.get(number)
        if found is None:
            async with database.reading() as connection:
                sources, hashes = await _files(connection, number)
            found = await asyncio.to_thread(_restore, sources, hashes, self._public)
            if len(self._apart) >= KEPT_MAX:
                self._apart.clear()
            self._apart[number] = found
        return found


def _reader(engine: DecisionEngine) -> Reader:
    return Reader(engine.version.dictionary, engine.version.words)


async def _files(connection: Connection, number: int) -> tuple[bytes, dict[str, str]]:
    sources = await version.find_sources(connection, number)
    if not sources:
        raise NotReady("the files of this decision's version were not kept")
    return sources, await version.find_hashes(connection, number)


def _restore(sources: bytes, hashes: Mapping[str, str], public: PublicIds) -> DecisionEngine:
    engine = restore_engine(sources, public)
    _check(engine, hashes)
    return engine


def _check(engine: DecisionEngine, hashes: Mapping[str, str]) -> None:
    made = engine.version
    restored = {
        "pack": made.pack_hash,
        "model": made.model_hash,
        "rules": made.rules_hash,
        "book": made.book_hash,
        "challenger": made.challenger_hash,
    }
    if changed := [name for name, said in hashes.items() if restored[name] != said]:
        raise Broken(f"the kept files are not those that decided: {', '.join(changed)}")
