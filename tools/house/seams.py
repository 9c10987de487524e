"""Time, randomness and commits pass through runtime only, so that a run can be replayed."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tools.house.source import Breach, Source, dotted, parse

RULE = "seam"
HOME = "runtime"
BANNED_CALLS = {
    "datetime.now": "ask runtime.clock",
    "datetime.utcnow": "ask runtime.clock",
    "datetime.today": "ask runtime.clock",
    "datetime.datetime.now": "ask runtime.clock",
    "date.today": "ask the business date",
    "time.time": "ask runtime.clock",
    "time.time_ns": "ask runtime.clock",
    "time.monotonic": "ask runtime.clock",
    "time.perf_counter": "ask runtime.clock",
    "time.sleep": "wait on an event with a timeout",
    "uuid.uuid4": "ids come from runtime.ids",
    "uuid4": "ids come from runtime.ids",
    "os.urandom": "bytes come from runtime.entropy",
}
BANNED_MODULES = {"random": "runtime.entropy", "secrets": "runtime.entropy"}


def check(source: Source) -> Iterator[Breach]:
    """Yield each direct use of the clock, of randomness, or of commit."""
    if source.context == HOME:
        return
    for node in ast.walk(parse(source)):
        if isinstance(node, ast.Call):
            name = dotted(node.func)
            if name in BANNED_CALLS:
                yield from source.breach(node.lineno, RULE, f"{name}(): {BANNED_CALLS[name]}")
            elif isinstance(node.func, ast.Attribute) and node.func.attr == "commit":
                yield from source.breach(node.lineno, RULE, ".commit(): only runtime commits")
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name in BANNED_MODULES:
                    yield from source.breach(
                        node.lineno, RULE, f"import {alias.name}: use {BANNED_MODULES[alias.name]}"
                    )
        elif isinstance(node, ast.ImportFrom) and node.module in BANNED_MODULES:
            yield from source.breach(
                node.lineno, RULE, f"from {node.module}: use {BANNED_MODULES[node.module]}"
            )
