"""In continuous integration a skipped test is red: everything a test needs is installed there.

Several workers take the tests file by file, in the order of the folders: integration first and
the quick units last, so that they end together.

Properties are drawn from one fixed seed, so that a run is red or green for all;
HYPOTHESIS_PROFILE=wide draws anew and 25 times as much (`make sim` does).
"""

from __future__ import annotations

import os
from collections.abc import Generator
from typing import TypeVar

import pytest
from hypothesis import settings
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

# No deadline: how long a case takes says how busy the machine is. Benches measure time.
settings.register_profile("fixed", derandomize=True, max_examples=40, deadline=None)
settings.register_profile("wide", max_examples=1_000, print_blob=True, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fixed"))

# Their tests share what is dear and made once a process, so one worker takes the folder whole.
TOGETHER = ("tests/security/", "tests/unit/risk/")
R = TypeVar("R", pytest.TestReport, pytest.CollectReport)


class InOrder(LoadFileScheduling):
    """Hand out files, and some folders, in the order in which they were collected.

    The package's own order, most tests first, leaves the files of one long test to the end, where
    a worker waits for the other.
    """

    def _split_scope(self, nodeid: str) -> str:
        return scope_of(nodeid)


def scope_of(nodeid: str) -> str:
    """Return what a test is handed out with: its file, or its folder."""
    shared = (folder for folder in TOGETHER if nodeid.startswith(folder))
    return next(shared, nodeid.split("::", 1)[0])


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> InOrder:
    """Schedule by the class above, whatever `--dist` says."""
    config.option.loadscopereorder = False
    return InOrder(config, log)


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
