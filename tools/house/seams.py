"""Time, randomness and commits pass through runtime only, so that a run can be replayed."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tools.house.source import Breach, Source, dotted, nodes

RULE = "seam"
RULE_TEST = "test-clock"
HOME = "runtime"
CLOCK, ENTROPY = "ask runtime.clock", "draw from runtime.entropy"
BANNED_CALLS = {
    "datetime.datetime.now": CLOCK,
    "datetime.datetime.utcnow": CLOCK,
    "datetime.datetime.today": CLOCK,
    "datetime.date.today": "ask the business date",
    "time.time": CLOCK,
    "time.time_ns": CLOCK,
    "time.monotonic": CLOCK,
    "time.monotonic_ns": CLOCK,
    "time.perf_counter": CLOCK,
    "time.perf_counter_ns": CLOCK,
    "time.sleep": "wait on an event with a timeout",
    "uuid.uuid1": "ids come from runtime.ids",
    "uuid.uuid4": "ids come from runtime.ids",
    "os.urandom": ENTROPY,
}
# What reads the machine's clock of days: a test that does is another test near midnight.
TEST_CLOCKS = {
    *(name for name in BANNED_CALLS if name.startswith("datetime.")),
    "time.time",
    "time.time_ns",
    "tongtu.runtime.api.system_ms",
}
TEST_CLOCKS_MADE = {"tongtu.runtime.api.SystemClock"}
BANNED_MODULES = ("random", "secrets", "numpy.random")


def check(source: Source) -> Iterator[Breach]:
    """Yield each direct use of the clock, of randomness, or of commit, under whatever name."""
    if source.context == HOME:
        return
    names = _imported(source)
    for node in nodes(source):
        if isinstance(node, ast.Call):
            name = _full_name(dotted(node.func), names)
            if name in BANNED_CALLS:
                yield from source.breach(node.lineno, RULE, f"{name}(): {BANNED_CALLS[name]}")
            elif _is_within(name):
                yield from source.breach(node.lineno, RULE, f"{name}(): {ENTROPY}")
            elif isinstance(node.func, ast.Attribute) and node.func.attr == "commit":
                yield from source.breach(node.lineno, RULE, ".commit(): only runtime commits")
        elif isinstance(node, ast.Import | ast.ImportFrom):
            module = next(filter(_is_within, _modules(node)), None)
            if module is not None:
                yield from source.breach(node.lineno, RULE, f"import {module}: {ENTROPY}")


def check_test(source: Source) -> Iterator[Breach]:
    """Yield each place where a test reads the machine's clock, or hands it on to be read."""
    names = _imported(source)
    for node in nodes(source):
        name, banned = "", TEST_CLOCKS
        if isinstance(node, ast.Call):
            name, banned = _full_name(dotted(node.func), names), TEST_CLOCKS_MADE
        elif isinstance(node, ast.Name | ast.Attribute):
            name = _full_name(dotted(node), names)
        if name in banned:
            yield from source.breach(
                node.lineno, RULE_TEST, f"{name}: a test stands at an instant of its own"
            )


def _imported(source: Source) -> dict[str, str]:
    """Return what each imported name stands for: `import datetime as dt` gives dt -> datetime.

    Names that everybody knows stand for themselves even where the import was not seen.
    """
    names = {
        "datetime": "datetime.datetime",
        "date": "datetime.date",
        "uuid4": "uuid.uuid4",
    }
    for node in nodes(source):
        if isinstance(node, ast.Import):
            for alias in node.names:
                names[alias.asname or alias.name.split(".")[0]] = (
                    alias.name if alias.asname else alias.name.split(".")[0]
                )
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                names[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return names


def _full_name(name: str, names: dict[str, str]) -> str:
    first, dot, rest = name.partition(".")
    full = names.get(first, first) + dot + rest
    # Written in full although only the class was known: datetime.datetime.now.
    return full.replace("datetime.datetime.datetime", "datetime.datetime")


def _modules(node: ast.Import | ast.ImportFrom) -> list[str]:
    if isinstance(node, ast.ImportFrom):
        return [node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)]
    return [alias.name for alias in node.names]


def _is_within(name: str) -> bool:
    return any(name == module or name.startswith(f"{module}.") for module in BANNED_MODULES)
