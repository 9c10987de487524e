"""Size bounds: module <= 400 lines, function <= 70, median module <= 150."""

from __future__ import annotations

import ast
import statistics
from collections.abc import Iterator, Sequence

from tools.house.source import Breach, Source, nodes

RULE = "size"
MODULE_LINES_MAX = 400
FUNCTION_LINES_MAX = 70
MEDIAN_LINES_MAX = 150
# Shorter files are package markers, not modules.
MODULE_LINES_MIN = 10


def check(source: Source) -> Iterator[Breach]:
    """Yield a module or function beyond its bound."""
    lines = len(source.text.splitlines())
    if lines > MODULE_LINES_MAX:
        yield from source.breach(1, RULE, f"{lines} lines; split it by noun")
    for node in nodes(source):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > FUNCTION_LINES_MAX:
                yield from source.breach(node.lineno, RULE, f"{node.name}: {length} lines")


def check_median(sources: Sequence[Source]) -> Iterator[Breach]:
    """Yield one breach when the middle module has grown too long."""
    lengths = [len(source.text.splitlines()) for source in sources]
    median = statistics.median([n for n in lengths if n >= MODULE_LINES_MIN] or [0])
    if median > MEDIAN_LINES_MAX:
        yield Breach("src/tongtu", 1, RULE, f"the median module has {median} lines")
