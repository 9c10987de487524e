"""Expressions are read by several threads at once."""

import ast
import gc
import sys
import threading
from contextlib import suppress

import pytest

from tongtu.tables.api import expression_of

TEXT = " and ".join(f"(a{n} + {n} > b{n} or not c{n})" for n in range(12))
THREADS, TIMES = 4, 300


class Switching:
    """Lets another thread run when the collector ends it, in the midst of whatever runs."""

    def __del__(self):
        threading.Event().wait(0)


@pytest.fixture
def restless():
    """Collect garbage and change threads as often as the interpreter can."""
    interval, thresholds = sys.getswitchinterval(), gc.get_threshold()
    sys.setswitchinterval(1e-6)
    gc.set_threshold(1)
    yield
    sys.setswitchinterval(interval)
    gc.set_threshold(*thresholds)


def test_threads_that_read_expressions_at_once_do_not_end_each_other(restless):
    failed = []

    def read():
        try:
            for _ in range(TIMES):
                expression_of(TEXT)
                circle = [Switching()]
                circle.append(circle)
        except SystemError as fault:
            failed.append(fault)

    threads = [threading.Thread(target=read) for _ in range(THREADS)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    assert failed == []


def test_a_thread_that_parses_by_itself_does_not_end_one_that_reads_expressions(restless):
    failed, ended = [], threading.Event()

    def litter():
        circle = [Switching()]
        circle.append(circle)

    def parse():
        while not ended.is_set():
            litter()
            with suppress(SystemError):  # its own end is CPython's fault, and nobody's here
                ast.parse(TEXT, mode="eval")

    def read():
        try:
            for _ in range(TIMES):
                expression_of(TEXT)
                litter()
        except SystemError as fault:
            failed.append(fault)
        finally:
            ended.set()

    threads = [threading.Thread(target=one) for one in (parse, parse, read)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    assert failed == []
    assert gc.isenabled()
