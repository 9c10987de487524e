"""The version this process decides with, and the packers and engines of older ones."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from tongtu.kernel.errors import Broken, NotReady
from tongtu.kernel.ids import PublicIds
from tongtu.origination.flow.assembly import restore_engine
from tongtu.origination.rules.engine import DecisionEngine
from tongtu.origination.rules.record import Packer, Unpacker
from tongtu.origination.store import version
from tongtu.runtime.api import Connection

# A version changes when a rule, a price or a model does; older ones are read again when asked for.
KEPT_MAX = 16


class Versions:
    """Numbers, packers and engines by version."""

    def __init__(self, engine: DecisionEngine, public: PublicIds) -> None:
        self.packer = Packer(engine.version.dictionary)
        self.number = 0
        self.engine = engine
        self._public = public
        self._unpackers: dict[int, Unpacker] = {}
        self._engines: dict[int, DecisionEngine] = {}

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
        self._unpackers[number] = self.packer
        self._engines[number] = engine

    async def unpacker_of(self, connection: Connection, number: int) -> Unpacker:
        """Return what reads the records of a version."""
        found = self._unpackers.get(number)
        if found is None:
            found = Unpacker(await version.find_dictionary(connection, number))
            if len(self._unpackers) >= KEPT_MAX:
                self._unpackers = {self.number: self.packer}
            self._unpackers[number] = found
        return found

    async def engine_of(self, connection: Connection, number: int) -> DecisionEngine:
        """Return the engine that decided with a version, from its own stored files.

        Raises:
            NotReady: the version was registered without its files.
            Broken: the files do not make that version any more.
        """
        found = self._engines.get(number)
        if found is None:
            sources = await version.find_sources(connection, number)
            if not sources:
                raise NotReady("the files of this decision's version were not kept")
            found = restore_engine(sources, self._public)
            _check(found, await version.find_hashes(connection, number))
            if len(self._engines) >= KEPT_MAX:
                self._engines = {self.number: self.engine}
            self._engines[number] = found
        return found


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
