"""Run every house rule over the repository; exit 1 when one is broken."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from tools.house import imports, money, seams, size, sql, words
from tools.house.source import Breach, read_sources

PYTHON_RULES = (imports.check, seams.check, money.check, size.check, sql.check_python)


def breaches(repository: Path) -> Iterator[Breach]:
    """Yield every breach of every rule."""
    modules = read_sources(repository, "src/tongtu", ".py")
    for source in modules:
        for rule in PYTHON_RULES:
            yield from rule(source)
    for source in read_sources(repository, "src/tongtu", ".sql"):
        yield from sql.check_sql(source)
    for source in read_sources(repository, "tests", ".py"):
        yield from seams.check_test(source)
    yield from size.check_median(modules)
    yield from words.check(repository)


def main() -> int:
    """Print each breach; return how the run ends."""
    found = list(breaches(Path(__file__).resolve().parents[2]))
    for breach in found:
        print(breach)
    print(f"house rules: {len(found)} broken" if found else "house rules: all kept")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
