"""A bank's XML as a small tree. The reader refuses what a bank has no reason to send."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Collection
from xml.parsers import expat

DEPTH_MAX = 16
ELEMENTS_MAX = 500
TEXT_MAX = 2_000


class BadMessage(ValueError):
    """A message that is not what the standard or the question allows."""


def read_tree(
    body: bytes, namespaces: Collection[str], elements_max: int = ELEMENTS_MAX
) -> tuple[str, ET.Element]:
    """Return the namespace of a message and its tree, by local names.

    Raises:
        BadMessage: not XML, another namespace, a document type, or beyond a bound.
    """
    reader = _Reader(namespaces, elements_max)
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartDoctypeDeclHandler = reader.refuse
    parser.EntityDeclHandler = reader.refuse
    parser.ProcessingInstructionHandler = reader.refuse
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    try:
        parser.Parse(body, True)
    except (expat.ExpatError, LookupError, ValueError) as fault:
        raise BadMessage(str(fault)[:100]) from None
    return reader.namespace, reader.root()


def sole(node: ET.Element, path: str) -> str | None:
    """Return the text at a path that may stand once, or None. Raises BadMessage: twice."""
    found = node.findall(path)
    if len(found) > 1:
        raise BadMessage(f"{path} is said twice")
    return (found[0].text or "").strip() or None if found else None


def wanted(node: ET.Element, path: str) -> str:
    """Return the text at a path. Raises BadMessage: it is missing or stands twice."""
    found = sole(node, path)
    if found is None:
        raise BadMessage(f"{path} is missing")
    return found


class _Reader:
    def __init__(self, namespaces: Collection[str], elements_max: int) -> None:
        self.namespace = ""
        self._namespaces = namespaces
        self._elements_max = elements_max
        self._builder = ET.TreeBuilder()
        self._root: ET.Element | None = None
        self._depth = self._elements = self._length = 0

    def root(self) -> ET.Element:
        if self._root is None:
            raise BadMessage("an empty message")
        return self._root

    def refuse(self, *_: object) -> None:
        raise BadMessage("a message declares nothing")

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        namespace, _, local = name.rpartition(" ")
        if not self.namespace:
            if namespace not in self._namespaces:
                raise BadMessage("a message of another kind")
            self.namespace = namespace
        if namespace != self.namespace:
            raise BadMessage("a message of another kind")
        if self._elements > self._elements_max or self._depth >= DEPTH_MAX:
            raise BadMessage("a message beyond its bounds")
        self._depth += 1
        self._length = 0
        self._builder.start(local, attributes)

    def end(self, name: str) -> None:
        self._depth -= 1
        self._length = 0
        self._builder.end(name.rpartition(" ")[2])
        if self._depth == 0:
            self._root = self._builder.close()

    def text(self, data: str) -> None:
        self._length += len(data)
        if self._length > TEXT_MAX:
            raise BadMessage("a message beyond its bounds")
        self._builder.data(data)
