"""In continuous integration a skipped test is red: everything a test needs is installed there.

Properties are drawn from one fixed seed, so that a run is red or green for all;
HYPOTHESIS_PROFILE=wide draws anew and 25 times as much (`make sim` does).
"""

from __future__ import annotations

import os
from collections.abc import Generator
from typing import TypeVar

import pytest
from hypothesis import settings

settings.register_profile("fixed", derandomize=True, max_examples=40)
settings.register_profile("wide", max_examples=1_000, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fixed"))

R = TypeVar("R", pytest.TestReport, pytest.CollectReport)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn the skip of a test into a failure when CI=true."""
    return _red(item.nodeid, (yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Turn the skip of a whole module, which makes no test at all, into a failure when CI=true."""
    return _red(collector.nodeid, (yield))


def _red(name: str, report: R) -> R:
    if report.skipped and os.environ.get("CI") == "true":
        report.outcome = "failed"
        report.longrepr = f"{name} was skipped; in CI nothing may be: {report.longrepr}"
    return report
