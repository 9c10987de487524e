"""Compiled versions, by hash: a version never changes, so each is compiled once a process."""

from __future__ import annotations

from tongtu.kernel.errors import Broken, NotFound
from tongtu.process.rules.compiler import compile_process
from tongtu.process.rules.graph import Graph
from tongtu.process.store.definition import source_of
from tongtu.runtime.api import Connection

# More versions at once than a house keeps alive; beyond it the oldest is compiled anew when asked.
KEPT_MAX = 500


class Graphs:
    """Versions that were asked for."""

    def __init__(self) -> None:
        self._kept: dict[str, Graph] = {}

    async def of(self, connection: Connection, version: str) -> Graph:
        """Return the graph of a version.

        Raises:
            NotFound: no file has this hash.
            Broken: the file that is kept under it is another.
        """
        graph = self._kept.get(version)
        if graph is None:
            source = await source_of(connection, version)
            if source is None:
                raise NotFound("no such version of a process")
            graph = compile_process(source)
            if graph.hash != version:
                raise Broken("a process file is kept under another content's hash")
            while len(self._kept) >= KEPT_MAX:
                self._kept.pop(next(iter(self._kept)))
            self._kept[version] = graph
        return graph
