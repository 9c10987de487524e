"""A context is entered by its `api` only; the import layers are import-linter's part."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tools.house.source import Breach, Source, nodes

RULE = "context-door"
# The kernel is values for everybody; channels are entered by the composition root, the
# only thing that stands above them.
OPEN = {"kernel"}
ROOTS = {"main", "__main__"}


def check(source: Source) -> Iterator[Breach]:
    """Yield each import of another context's inside."""
    for node in nodes(source):
        names: list[str] = []
        if isinstance(node, ast.ImportFrom) and node.level:
            yield from source.breach(node.lineno, RULE, "a relative import hides whose door it is")
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        for name in names:
            parts = name.split(".")
            if parts[0] != "tongtu" or len(parts) < 3:
                continue
            target = parts[1]
            if target in OPEN or target == source.context or parts[2] == "api":
                continue
            if source.context in ROOTS and target == "channels":
                continue
            yield from source.breach(
                node.lineno, RULE, f"{name}: enter {target} by tongtu.{target}.api"
            )
