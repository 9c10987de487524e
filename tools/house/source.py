"""The files a rule reads, and what a breach of one looks like."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

ESCAPE = re.compile(r"(?:#|--) house: (?P<rule>[a-z-]+) - (?P<reason>\S.{7,})")


@dataclass(frozen=True, slots=True)
class Breach:
    """A place where a house rule is broken."""

    path: str
    line: int
    rule: str
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: [{self.rule}] {self.text}"


@dataclass(frozen=True, slots=True)
class Source:
    """One file under a root: its path there, its text, and the context it belongs to."""

    path: Path
    text: str
    root: str = "src/tongtu"

    @property
    def context(self) -> str:
        """The first folder ("ledger"), or the module's own name at the top ("main")."""
        return self.path.parts[0].removesuffix(".py")

    def breach(self, line: int, rule: str, text: str) -> Iterator[Breach]:
        """Yield the breach unless its line carries an escape for this rule with a reason."""
        lines = self.text.splitlines()
        escape = ESCAPE.search(lines[line - 1]) if 0 < line <= len(lines) else None
        if escape is None or escape["rule"] != rule:
            yield Breach(f"{self.root}/{self.path}", line, rule, text)


def read_sources(repository: Path, root: str, ending: str) -> list[Source]:
    """Return every file of `root` with the ending, in a stable order."""
    top = repository / root
    return [
        Source(path.relative_to(top), path.read_text(encoding="utf-8"), root)
        for path in sorted(top.rglob(f"*{ending}"))
    ]


@lru_cache(maxsize=1)  # every rule reads a file before the next file is read
def parse(source: Source) -> ast.Module:
    """Return the syntax tree of a Python source."""
    return ast.parse(source.text, filename=str(source.path))


@lru_cache(maxsize=1)
def nodes(source: Source) -> tuple[ast.AST, ...]:
    """Return every node of a Python source, the tree's own first."""
    return tuple(ast.walk(parse(source)))


def dotted(node: ast.AST) -> str:
    """Return "a.b.c" for a chain of attributes on a name, else an empty string."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    return ".".join([node.id, *reversed(parts)])
